-- Every version of one feature with the batch that wrote it, the oldest first.
SELECT $feature AS feature, a.version, a.sys_from, a.sys_to, a.op, a.batch, b.kind, b.actor, b.reason
FROM $versions a
JOIN batch b ON b.id = a.batch
WHERE a.$discriminator = :key AND a.city = :city AND a.id = :id
  AND (CAST(:as_of AS timestamptz) IS NULL OR a.sys_from <= :as_of)
ORDER BY a.version
