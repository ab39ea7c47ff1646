-- The surveyed entrances of facilities: points in the working CRS with the facility each names.
SELECT $facility AS thing, ST_AsBinary(ST_Force2D(ST_Transform(a.geom, :srid))) AS point
FROM $assets a
WHERE a.class = :class AND a.city = :city AND a.geom IS NOT NULL AND ST_Dimension(a.geom) = 0 AND $facility IS NOT NULL AND NOT $gone
ORDER BY a.id
