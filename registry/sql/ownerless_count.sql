SELECT count(*)
FROM $assets a
WHERE a.city = :city AND (a.owner IS NULL OR a.ownership_status = 'unconfirmed')
  AND a.retired_on IS NULL AND a.state IS DISTINCT FROM 'removed'
  AND (CAST(:district AS text) IS NULL OR a.district = :district)
