-- All of a table's polygons as one, or those of one code.
SELECT ST_AsBinary(ST_Union(s.geom ORDER BY ST_XMin(s.geom), ST_YMin(s.geom), ST_Area(s.geom))) AS shape
FROM $table s WHERE $where
