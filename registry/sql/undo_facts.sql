-- Inspections that a batch recorded; one that was superseded since moved on.
INSERT INTO undo_row (of_table, id, asset_id, doing, conflict, by_batch)
SELECT 'inspection', i.id, i.asset_id, 'supersede', CASE WHEN c.id IS NOT NULL THEN 'changed' END, c.batch
FROM inspection i LEFT JOIN inspection c ON c.supersedes = i.id
WHERE i.batch = :undone AND i.city = :city
