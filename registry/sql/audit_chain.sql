-- Every batch of a city with the hash it has, the hash it should have, and the one its successor remembers.
-- A version counts for the batch that wrote it, whether it is live or history by now.
WITH leaves AS (
    SELECT batch, id / 65536 AS part,
           sha256(string_agg(registry_leaf(id, version, row_hash), ''::bytea ORDER BY id, version, row_hash)) AS hash
    FROM registry_written WHERE city = :city GROUP BY 1, 2
), whole AS (
    SELECT batch, sha256(string_agg(hash, ''::bytea ORDER BY part)) AS hash FROM leaves GROUP BY 1
)
SELECT b.id, b.at, b.kind, b.actor, b.reason, b.source, b.source_sha256, b.mapping, b.code_version, b.counts, b.hash, b.prev_hash,
       coalesce(b.mapping -> 'no_lock' = 'true', false) AS no_lock,
       CASE WHEN b.kind = 'undo' THEN CAST(b.mapping ->> 'undoes' AS bigint) END AS undoes, u.id AS undone_by,
       registry_batch_hash(b, coalesce(w.hash, ''::bytea)) AS recomputed,
       lag(b.hash) OVER (ORDER BY b.at, b.id) AS hash_before
FROM batch b LEFT JOIN whole w ON w.batch = b.id
LEFT JOIN (SELECT max(id) AS id, CAST(mapping ->> 'undoes' AS bigint) AS undone FROM batch
           WHERE city = :city AND kind = 'undo' GROUP BY 2) u ON u.undone = b.id
WHERE b.city = :city
ORDER BY b.at, b.id
