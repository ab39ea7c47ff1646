-- One asset with some of its columns changed; `said` holds only those.
UPDATE asset a
SET ($columns) = ROW($values), row_hash = $hash, version = a.version + (a.batch <> :batch)::int, batch = :batch,
    sys_from = :at
FROM (SELECT n.* FROM asset o CROSS JOIN LATERAL jsonb_populate_record(o, CAST(:said AS jsonb)) n
      WHERE o.class = :class AND o.city = :city AND o.id = :id) d
WHERE a.class = :class AND a.city = :city AND a.id = d.id AND a.row_hash IS DISTINCT FROM $hash
