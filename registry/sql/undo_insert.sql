-- What was deleted comes back under its own id; its versions go on, those that came and went since counted.
INSERT INTO $table ($columns, version, batch, sys_from)
SELECT $values, (SELECT max(n.version) FROM $history n WHERE n.id = h.id) + 1, :batch, :at
FROM undo_row u JOIN $history h ON h.id = u.id AND h.end_batch = :undone
WHERE u.of_table = :table AND u.doing = 'insert' AND u.conflict IS NULL
