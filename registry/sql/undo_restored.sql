-- Rows that others changed since and that later undos brought back to what the batch left: nothing would be overwritten.
-- From the last batch at a row, each undo leads to the one that stood before what it undid. The hash is compared as
-- well: the undo of districts writes assets that it could not bring back.
WITH RECURSIVE seen AS MATERIALIZED (
    SELECT l.id, l.version, l.batch, CAST(NULL AS bigint) AS end_batch, l.row_hash, l.source
    FROM $table l JOIN undo_row u ON u.id = l.id AND u.of_table = :table AND u.conflict = 'changed'
    UNION ALL
    SELECT h.id, h.version, h.batch, h.end_batch, h.row_hash, h.source
    FROM $history h JOIN undo_row u ON u.id = h.id AND u.of_table = :table AND u.conflict = 'changed'
), beside AS (
    SELECT id, batch, end_batch, lag(batch) OVER w AS batch_before, lag(end_batch) OVER w AS end_before,
           lead(batch) OVER w AS batch_after
    FROM seen WINDOW w AS (PARTITION BY id ORDER BY version)
), step AS MATERIALIZED (
    SELECT id, batch, CASE WHEN end_before = batch THEN batch_before ELSE end_before END AS stood FROM beside
    UNION ALL
    SELECT id, end_batch, batch FROM beside WHERE end_batch IS NOT NULL AND end_batch IS DISTINCT FROM batch_after
), stands AS (
    (SELECT DISTINCT ON (id) id, coalesce(end_batch, batch) AS batch FROM seen ORDER BY id, version DESC)
    UNION ALL
    SELECT s.id, p.stood
    FROM stands s
    JOIN batch b ON b.id = s.batch AND b.kind = 'undo' AND b.id <> :undone
    JOIN step p ON p.id = s.id AND p.batch = CAST(b.mapping ->> 'undoes' AS bigint)
    WHERE p.stood IS NOT NULL
)
UPDATE undo_row u SET conflict = NULL
FROM stands s
LEFT JOIN seen n ON n.id = s.id AND n.end_batch IS NULL
LEFT JOIN seen v ON v.id = s.id AND v.batch = :undone
WHERE u.of_table = :table AND u.conflict = 'changed' AND u.id = s.id AND s.batch = :undone
  AND CASE WHEN u.doing = 'insert' THEN n.id IS NULL
           ELSE n.id IS NOT NULL AND (n.row_hash, n.source) IS NOT DISTINCT FROM (v.row_hash, v.source) END
