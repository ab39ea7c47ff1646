-- The polygons of one edition of a kind of zone, valid and in the working CRS.
CREATE TEMP TABLE $table ON COMMIT DROP AS
SELECT z.id, coalesce(z.code, z.id::text) AS code, z.name, z.population, g.geom, ST_Area(g.geom) AS area_m2,
       NOT m.valid AS repaired
FROM $zones z
CROSS JOIN LATERAL (SELECT ST_Transform(z.geom, :srid) AS geom OFFSET 0) s
CROSS JOIN LATERAL (SELECT ST_IsValid(s.geom) AS valid OFFSET 0) m
CROSS JOIN LATERAL (
    SELECT CASE WHEN m.valid THEN s.geom ELSE ST_CollectionExtract(ST_MakeValid(s.geom), 3) END AS geom OFFSET 0) g
WHERE z.city = :city AND z.kind = :kind AND z.edition = :edition AND z.geom IS NOT NULL
  AND (z.valid_from IS NULL OR z.valid_from <= :on) AND (z.valid_to IS NULL OR z.valid_to > :on)
  AND NOT ST_IsEmpty(g.geom)
ORDER BY z.id
