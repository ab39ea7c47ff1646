-- The same of one division: what lies in it, cut at its border.
SELECT l.id, l.code, l.name, l.people_per_m2, ST_AsBinary(d.geom) AS shape
FROM $division t
JOIN $cover c ON ST_Intersects(t.geom, c.gap)
JOIN $land l USING (id)
CROSS JOIN LATERAL ST_Dump(ST_CollectionExtract(ST_Intersection(t.geom, c.gap), 3)) d
WHERE t.code = :code AND ST_Area(d.geom) > 0
ORDER BY l.id, ST_XMin(t.geom), ST_YMin(t.geom), d.path
