-- The lines of a class that people may walk on, in the working CRS, with the level each lies on; and how many are barred.
SELECT ST_AsBinary(ST_Force2D(ST_Transform(a.geom, :srid))) AS line, coalesce($level, 0) AS level, coalesce($barred, false) AS barred
FROM $assets a
WHERE a.class = :class AND a.city = :city AND a.geom IS NOT NULL AND NOT ST_IsEmpty(a.geom) AND ST_Dimension(a.geom) = 1
  AND NOT $gone
ORDER BY a.id
