-- The queue of claims with the place of their assets.
SELECT c.id, c.asset_id, a.class, a.code AS asset_code, a.name AS asset_name, a.district, a.ownership_status, c.kind,
       c.claimant, c.claimant_code, c.role, c.basis, c.status, c.opened_on, c.resolved_on, c.resolution, c.version,
       ST_AsGeoJSON($shape, 9, 0) AS geometry
FROM $claims c JOIN $assets a ON a.id = c.asset_id AND a.city = c.city
WHERE c.city = :city AND (CAST(:status AS text) IS NULL OR c.status = :status)
  AND (CAST(:dispute AS text) IS NULL OR c.kind = :dispute)
  AND (CAST(:district AS text) IS NULL OR a.district = :district)
  AND (CAST(:after AS bigint) IS NULL OR c.id > CAST(:after AS bigint))
ORDER BY c.id
LIMIT :limit
