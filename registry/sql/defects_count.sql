SELECT count(*) FROM $defects d JOIN $assets a ON a.id = d.asset_id AND a.city = d.city
WHERE $where AND CAST(:on AS date) IS NOT NULL
