-- Remember what each source said last: of rows that were the same already, this source, and of which version it said
-- so; of rows that change hands, the source before. A row's own (source, source_hash) need no second place, unless
-- some of what was said was not taken (says, unsettled).
WITH said AS (
    SELECT d.id, CAST(:source AS text) AS source, d.source_hash AS hash, d.old_version AS version, d.says, d.unsettled
    FROM $diff d
    WHERE d.id IS NOT NULL AND (d.verdict = 'same' AND NOT d.said OR d.verdict = 'kept' AND d.says IS NOT NULL)
    UNION ALL
    SELECT d.id, CAST(:source AS text), d.source_hash, NULL, d.says, d.unsettled FROM $diff d
    WHERE d.verdict = 'changed' AND d.says IS NOT NULL
    UNION ALL
    SELECT d.id, d.old_source, d.old_hash, NULL, NULL, NULL FROM $diff d
    WHERE d.verdict = 'changed' AND d.old_source <> CAST(:source AS text) AND d.old_hash IS NOT NULL
), own AS (
    DELETE FROM told USING $diff d
    WHERE d.verdict = 'changed' AND d.says IS NULL AND told.id = d.id AND told.source = CAST(:source AS text)
)
INSERT INTO told (id, source, hash, version, said, unsettled)
SELECT DISTINCT ON (id, source) id, source, hash, version, says, unsettled FROM said
ON CONFLICT (id, source) DO UPDATE
SET hash = excluded.hash, version = excluded.version, said = excluded.said, unsettled = excluded.unsettled
WHERE told.hash <> excluded.hash OR excluded.source = CAST(:source AS text)
  AND (told.version, told.said, told.unsettled) IS DISTINCT FROM (excluded.version, excluded.said, excluded.unsettled)
