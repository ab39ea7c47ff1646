-- Divisions that place assets, of the editions that hold today: valid, whole or in pieces.
SELECT z.kind, z.code, $pieces AS geom
FROM zone z JOIN jsonb_each_text(CAST(:editions AS jsonb)) e ON e.key = z.kind AND e.value = z.edition
WHERE z.city = :city AND z.geom IS NOT NULL AND z.code IS NOT NULL AND $near
  AND (z.valid_from IS NULL OR z.valid_from <= current_date) AND (z.valid_to IS NULL OR z.valid_to > current_date)
