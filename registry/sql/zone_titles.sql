-- What the zones of the newest edition that holds on a day are called; each row says which edition it is.
SELECT z.edition, coalesce(z.code, z.id::text) AS code, coalesce(z.name, z.code, z.id::text) AS name FROM $zones z
WHERE z.city = :city AND z.kind = :kind AND z.edition = ($edition)
  AND (z.valid_from IS NULL OR z.valid_from <= :on) AND (z.valid_to IS NULL OR z.valid_to > :on)
ORDER BY 2
