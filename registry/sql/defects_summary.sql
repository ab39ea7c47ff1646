SELECT $by AS key, count(*) AS found, count(*) FILTER (WHERE d.status = 'closed') AS closed,
       count(*) FILTER (WHERE d.status <> 'closed' AND d.due_on < CAST(:on AS date)) AS overdue
FROM $defects d JOIN $assets a ON a.id = d.asset_id AND a.city = d.city
WHERE $where
GROUP BY 1 ORDER BY 1 NULLS LAST
