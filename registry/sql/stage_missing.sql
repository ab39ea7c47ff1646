-- Live rows of this source that it does not speak of any more. A row that was refused speaks of its code all the same.
INSERT INTO $diff (id, old_version, old_source, old_hash, verdict)
SELECT a.id, a.version, a.source, a.source_hash, 'missing' FROM $table a
WHERE a.$discriminator = $key AND a.city = :city AND a.source = CAST(:source AS text)
  AND NOT EXISTS (SELECT FROM $diff d WHERE d.id = a.id)
  AND NOT EXISTS (SELECT FROM unnest(CAST(:refused AS text[])) r (code) WHERE r.code = a.code)
