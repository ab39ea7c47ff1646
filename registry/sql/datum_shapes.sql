-- Some of the shapes of a layer, spread evenly over its ids, and how many it has.
SELECT ST_AsBinary(ST_CollectionExtract(s.geom)) AS shape, s.count
FROM (SELECT t.geom, row_number() OVER (ORDER BY t.id) AS n, count(*) OVER () AS count FROM $table t WHERE NOT ST_IsEmpty(t.geom)) s
WHERE s.n % greatest(CAST(ceil(s.count / CAST(:most AS float8)) AS bigint), 1) = 0
ORDER BY s.n
