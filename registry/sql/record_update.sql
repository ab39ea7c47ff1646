-- One record at the version that was named, with some of its columns changed; nothing when it moved on.
UPDATE $table t
SET ($columns) = ROW($values), row_hash = $hash, version = t.version + (t.batch <> :batch)::int, batch = :batch,
    sys_from = :at
FROM (SELECT n.* FROM $table o CROSS JOIN LATERAL jsonb_populate_record(o, CAST(:said AS jsonb)) n
      WHERE o.city = :city AND o.id = :id AND o.version = :version) d
WHERE t.id = d.id
