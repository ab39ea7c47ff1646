-- The lines that are to be served: those of the class that stand, valid and in the working CRS; area_m2 is their length.
CREATE TEMP TABLE $table ON COMMIT DROP AS
SELECT a.id, coalesce(a.code, a.id::text) AS code, a.name, CAST(NULL AS bigint) AS population, g.geom,
       ST_Length(g.geom) AS area_m2, NOT ST_IsValid(a.geom) AS repaired
FROM $assets a
CROSS JOIN LATERAL (
    SELECT ST_CollectionExtract(ST_MakeValid(ST_Transform(a.geom, :srid)), 2) AS geom OFFSET 0) g
WHERE a.class = :class AND a.city = :city AND ($reason) IS NULL AND NOT ST_IsEmpty(g.geom)
ORDER BY a.id
