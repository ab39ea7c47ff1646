-- Divisions that place assets, cut into small pieces so that a point looks at few vertices.
CREATE TEMP TABLE zone_piece ON COMMIT DROP AS
SELECT z.kind, z.code, ST_Subdivide(ST_MakeValid(z.geom), 128) AS geom
FROM zone z JOIN jsonb_each_text(CAST(:editions AS jsonb)) e ON e.key = z.kind AND e.value = z.edition
WHERE z.city = :city AND z.geom IS NOT NULL AND z.code IS NOT NULL
  AND (z.valid_from IS NULL OR z.valid_from <= current_date) AND (z.valid_to IS NULL OR z.valid_to > current_date)
