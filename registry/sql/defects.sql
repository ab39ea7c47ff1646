-- A page of defects with the place of their assets.
SELECT d.id, d.asset_id, a.class, a.code AS asset_code, a.name AS asset_name, a.district, d.kind, d.risk_level, d.status,
       d.responsible, d.found_on, d.due_on, d.assigned_on, d.repaired_on, d.verified_on, d.closed_on, d.inspection,
       d.event_code, d.case_id, d.note, d.version,
       d.status <> 'closed' AND coalesce(d.due_on < CAST(:on AS date), false) AS overdue, ST_AsGeoJSON($shape, 9, 0) AS geometry
FROM $defects d JOIN $assets a ON a.id = d.asset_id AND a.city = d.city
WHERE $where AND (CAST(:after AS bigint) IS NULL OR d.id > CAST(:after AS bigint))
ORDER BY d.id
LIMIT :limit
