-- Codes that a row would have again and that another one has by now, which does not give it up in this undo.
UPDATE undo_row u SET conflict = 'code', by_batch = o.batch
FROM $history h JOIN $table o ON ($held) AND o.id <> h.id
WHERE u.of_table = :table AND u.doing IN ('insert', 'update') AND u.conflict IS NULL
  AND h.id = u.id AND h.end_batch = :undone
  AND NOT EXISTS (SELECT FROM undo_row v WHERE v.of_table = :table AND v.id = o.id AND v.conflict IS NULL)
