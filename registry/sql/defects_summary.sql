-- Defects counted by group, as they stood on a day; one that was taken back is told apart and is in no other count.
SELECT $by AS key, count(*) FILTER (WHERE NOT d.withdrawn) AS found,
       count(*) FILTER (WHERE d.closed_on <= CAST(:on AS date) AND NOT d.withdrawn) AS closed,
       count(*) FILTER (WHERE (d.closed_on IS NULL OR d.closed_on > CAST(:on AS date)) AND d.due_on < CAST(:on AS date) AND NOT d.withdrawn) AS overdue,
       count(*) FILTER (WHERE d.withdrawn) AS withdrawn
FROM (SELECT $columns, false AS withdrawn FROM $defects h UNION ALL SELECT $columns, true FROM $withdrawn w) d
JOIN $assets a ON a.id = d.asset_id AND a.city = d.city
WHERE $where
GROUP BY 1 ORDER BY 1 NULLS LAST
