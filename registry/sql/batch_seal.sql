-- Hash over (id, version, row_hash) of all that the batch wrote or ended, in id order, in two levels so that
-- ten million rows do not have to fit one string.
WITH written AS (
    SELECT id, version, row_hash FROM asset WHERE batch = :batch
    UNION ALL SELECT id, version, row_hash FROM zone WHERE batch = :batch
    UNION ALL SELECT id, -version, row_hash FROM asset_history WHERE end_batch = :batch AND op = 'D'
    UNION ALL SELECT id, -version, row_hash FROM zone_history WHERE end_batch = :batch AND op = 'D'
), leaves AS (
    SELECT id / 65536 AS part,
           sha256(string_agg(int8send(id) || int4send(version) || row_hash, ''::bytea ORDER BY id, version)) AS hash
    FROM written GROUP BY 1
), whole AS (
    SELECT coalesce(sha256(string_agg(hash, ''::bytea ORDER BY part)), ''::bytea) AS hash FROM leaves
), counted AS (
    SELECT jsonb_populate_record(b, jsonb_build_object('counts', CAST(:counts AS jsonb))) AS b
    FROM batch b WHERE b.id = :batch
)
UPDATE batch SET counts = CAST(:counts AS jsonb), hash = registry_batch_hash((SELECT b FROM counted), whole.hash)
FROM whole WHERE batch.id = :batch
RETURNING batch.hash
