-- Assets of which nobody is known to be the owner.
SELECT a.id, a.class, a.code, a.name, a.district, a.owner, a.keeper, a.supervisor, a.ownership_status,
       ST_AsGeoJSON($shape, 9, 0) AS geometry
FROM $assets a
WHERE a.city = :city AND (a.owner IS NULL OR a.ownership_status = 'unconfirmed')
  AND a.retired_on IS NULL AND a.state IS DISTINCT FROM 'removed'
  AND (CAST(:district AS text) IS NULL OR a.district = :district)
  AND (CAST(:after AS bigint) IS NULL OR a.id > CAST(:after AS bigint))
ORDER BY a.id
LIMIT :limit
