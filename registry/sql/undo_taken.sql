-- Of these codes those that another row has by now, which does not give it up in this undo.
UPDATE undo_row u SET conflict = 'code', by_batch = o.batch
FROM $codes h JOIN $table o ON $held AND o.id <> h.id
WHERE u.of_table = :table AND u.conflict IS NULL AND u.id = h.id
  AND NOT EXISTS (SELECT FROM undo_row v WHERE v.of_table = :table AND v.id = o.id AND v.conflict IS NULL)
