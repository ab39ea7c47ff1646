-- The facilities that serve, each in one piece, and what of them may be named: id and name of the row that is seen.
SELECT f.thing, f.id, f.radius_m, ST_AsBinary(ST_CollectionExtract(f.geom)) AS shape, k.id AS shown_id, k.name
FROM $facility f LEFT JOIN $known k ON k.class = :class AND k.city = :city AND k.id = f.id
WHERE f.tier IS NOT NULL AND NOT ST_IsEmpty(f.geom)
ORDER BY f.id
