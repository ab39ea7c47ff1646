UPDATE $table a
SET ($columns) = ROW($values),
    source = :source, source_hash = d.source_hash, row_hash = $hash,
    version = a.version + (a.batch <> :batch)::int, batch = :batch, sys_from = :at
FROM $diff d
WHERE d.verdict = 'changed' AND a.$discriminator = $key AND a.city = :city AND a.id = d.id
  AND a.version = d.old_version
