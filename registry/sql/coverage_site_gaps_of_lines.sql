-- The same of lines: a line along a border belongs to the division that comes first by its code, and to no other, as in
-- the rows of divisions; the tiles that it meets are united first, since one along their seam lies in both.
SELECT l.id, l.code, l.name, l.people_per_m2, ST_AsBinary(d.geom) AS shape
FROM $cover c
JOIN $land l USING (id)
CROSS JOIN LATERAL (
    SELECT ST_Union(t.geom) FILTER (WHERE t.code = :code) AS own,
           coalesce(ST_Union(t.geom) FILTER (WHERE t.code < :code), ST_SetSRID(ST_GeomFromText('POLYGON EMPTY'), ST_SRID(c.gap))) AS before
    FROM $division t WHERE t.code <= :code AND ST_Intersects(t.geom, c.gap)) met
CROSS JOIN LATERAL ST_Dump(ST_CollectionExtract(ST_Difference(ST_Intersection(c.gap, met.own), met.before), 2)) d
WHERE met.own IS NOT NULL AND ST_Length(d.geom) > 0
ORDER BY l.id, d.path
