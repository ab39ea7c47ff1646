UPDATE $table a
SET ($columns) = ROW($values), source = h.source, source_hash = h.source_hash, row_hash = h.row_hash,
    version = a.version + (a.batch <> :batch)::int, batch = :batch, sys_from = :at
FROM undo_row u JOIN $history h ON h.id = u.id AND h.end_batch = :undone
WHERE u.of_table = :table AND u.doing = 'update' AND u.conflict IS NULL AND a.city = :city AND a.id = u.id$same_kind
