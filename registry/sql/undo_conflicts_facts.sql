-- The inspections that are not superseded.
SELECT u.of_table, u.kind, u.id, u.conflict, NULL AS said, b.id AS batch, b.at, b.actor, CAST('{}' AS text[]) AS fields
FROM undo_row u LEFT JOIN batch b ON b.id = u.by_batch
WHERE u.of_table = :table AND u.conflict IS NOT NULL
ORDER BY u.id LIMIT :limit
