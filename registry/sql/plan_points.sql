-- Where changes are: every n-th of a verdict, by a point on it.
SELECT ST_X(p.at) AS x, ST_Y(p.at) AS y FROM (
    SELECT coalesce(d.geom, a.geom) AS geom, row_number() OVER () AS n
    FROM $diff d LEFT JOIN $table a ON a.$discriminator = $key AND a.city = :city AND a.id = d.id
    WHERE d.verdict = :verdict) g
CROSS JOIN LATERAL (SELECT ST_PointOnSurface(g.geom) AS at) p
WHERE g.n % :every = 0 AND g.geom IS NOT NULL AND NOT ST_IsEmpty(g.geom)
