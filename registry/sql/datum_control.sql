-- Survey control points of a class that stand, in the working CRS; count: how many there are in all.
SELECT count(*) OVER () AS count, ST_AsBinary(ST_Force2D(ST_Transform(a.geom, :srid))) AS shape
FROM $assets a
WHERE a.class = :class AND a.city = :city AND a.geom IS NOT NULL AND ST_Dimension(a.geom) = 0 AND NOT $gone
ORDER BY a.id LIMIT :most
