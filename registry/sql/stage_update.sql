UPDATE $table a
SET ($columns) = ROW($values),
    told = CASE WHEN a.source <> CAST(:source AS text) AND a.source_hash IS NOT NULL
                THEN (coalesce(a.told, '{}'::jsonb) - CAST(:source AS text))
                     || jsonb_build_object(a.source, encode(a.source_hash, 'hex'))
                ELSE a.told END,
    source = :source, source_hash = d.source_hash, row_hash = $hash,
    version = a.version + (a.batch <> :batch)::int, batch = :batch, sys_from = :at
FROM $diff d
WHERE d.verdict = 'changed' AND a.$discriminator = $key AND a.city = :city AND a.id = d.id
  AND a.version = d.old_version
