UPDATE $table a
SET ($columns) = ROW($values), source = 'api', source_hash = NULL, row_hash = $hash,
    version = a.version + (a.batch <> :batch)::int, batch = :batch, sys_from = :at
FROM (SELECT $row) d
WHERE a.$discriminator = $key AND a.city = :city AND a.id = :id AND a.version = :version
RETURNING a.id, a.version
