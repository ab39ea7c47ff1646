-- How many assets nobody is known to own, and of how many with an owner it is not said that this is settled.
SELECT count(*) FILTER (WHERE a.owner IS NULL OR a.ownership_status = 'unconfirmed') AS ownerless,
       count(*) FILTER (WHERE a.owner IS NOT NULL AND a.ownership_status = 'pending') AS pending,
       count(*) FILTER (WHERE a.owner IS NOT NULL AND a.ownership_status = 'disputed') AS disputed,
       count(*) FILTER (WHERE a.owner IS NOT NULL AND a.ownership_status IS NULL) AS unsaid
FROM $assets a
WHERE a.city = :city
  AND a.retired_on IS NULL AND a.state IS DISTINCT FROM 'removed'
  AND (CAST(:district AS text) IS NULL OR a.district = :district)
