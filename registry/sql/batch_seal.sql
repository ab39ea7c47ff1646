-- Hash over (id, version, row_hash) of all that the batch wrote or ended, in id order, in two levels so that
-- ten million rows do not have to fit one string; then over who, when, why and the hash before.
WITH written AS (
    SELECT id, version, row_hash FROM asset WHERE batch = :batch
    UNION ALL SELECT id, version, row_hash FROM zone WHERE batch = :batch
    UNION ALL SELECT id, -version, row_hash FROM asset_history WHERE end_batch = :batch AND op = 'D'
    UNION ALL SELECT id, -version, row_hash FROM zone_history WHERE end_batch = :batch AND op = 'D'
), leaves AS (
    SELECT id / 65536 AS part,
           sha256(string_agg(int8send(id) || int4send(version) || row_hash, ''::bytea ORDER BY id, version)) AS hash
    FROM written GROUP BY 1
), rows AS (
    SELECT coalesce(sha256(string_agg(hash, ''::bytea ORDER BY part)), ''::bytea) AS hash FROM leaves
)
UPDATE batch b
SET counts = CAST(:counts AS jsonb),
    hash = sha256(coalesce(b.prev_hash, ''::bytea) || rows.hash || convert_to(concat_ws(',',
        'id=' || b.id, 'city=' || quote_literal(b.city),
        'at=' || to_char(b.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
        'kind=' || b.kind, 'actor=' || quote_literal(b.actor), 'reason=' || quote_literal(b.reason),
        'source=' || quote_literal(b.source), 'sha256=' || b.source_sha256, 'mapping=' || b.mapping::text,
        'counts=' || CAST(:counts AS jsonb)::text, 'code_version=' || quote_literal(b.code_version)), 'UTF8'))
FROM rows WHERE b.id = :batch
RETURNING b.hash
