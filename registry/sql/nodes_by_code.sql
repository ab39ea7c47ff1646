-- Points that pipes may end at, by their codes: where they are (EPSG:4490) and the ground there.
SELECT DISTINCT ON (a.code) a.code, ST_X(ST_PointOnSurface(a.geom)) AS x, ST_Y(ST_PointOnSurface(a.geom)) AS y,
       CAST(a.attrs->>'ground_elevation_m' AS double precision) AS ground
FROM unnest(CAST(:codes AS text[])) AS wanted (code)
JOIN asset a ON a.class = ANY(CAST(:classes AS text[])) AND a.city = :city AND a.code_scheme = :scheme AND a.code = wanted.code
WHERE a.geom IS NOT NULL
ORDER BY a.code, a.class
