-- Rows whose code another one gets back give it up first: a unique index looks at each row as it is written.
UPDATE $table a SET code = NULL, row_hash = '', version = a.version + (a.batch <> :batch)::int, batch = :batch,
                    sys_from = :at
FROM undo_row u, $codes h, undo_row v
WHERE u.of_table = :table AND u.doing = 'update' AND u.conflict IS NULL AND a.id = u.id AND a.city = :city
  AND $held AND h.id <> a.id AND v.of_table = :table AND v.id = h.id AND v.conflict IS NULL
