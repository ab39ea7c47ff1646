-- Blind spots piece by piece, with the parcel each is of and how many people live on a square metre of it (null: unknown).
SELECT l.id, l.code, l.name, l.people_per_m2, ST_AsBinary(d.geom) AS shape
FROM $cover c JOIN $land l USING (id) CROSS JOIN LATERAL ST_Dump(c.gap) d
WHERE c.gap IS NOT NULL AND $measure(d.geom) > 0
ORDER BY l.id, d.path
