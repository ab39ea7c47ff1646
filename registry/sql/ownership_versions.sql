-- The versions of an asset as far as they tell whose it is, oldest first.
SELECT v.version, v.owner, v.keeper, v.supervisor, v.ownership_status, v.sys_from AS since, b.actor, b.reason, b.id AS batch
FROM $versions v JOIN batch b ON b.id = v.batch
WHERE v.class = :class AND v.city = :city AND v.id = :id
ORDER BY v.version
