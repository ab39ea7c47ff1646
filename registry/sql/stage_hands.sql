-- Rows that change hands: what the source before said last is remembered, unless it is already: it may have spoken again
-- since it wrote the row, without any of it being taken. What this one says is the row's own now, unless some of it was
-- not taken. Within the batch, so that its undo can say it again.
WITH said AS (
    SELECT d.id, CAST(:source AS text) AS source, d.source_hash AS hash, d.says, d.unsettled FROM $diff d
    WHERE d.verdict = 'changed' AND d.says IS NOT NULL
    UNION ALL
    SELECT d.id, d.old_source, d.old_hash, NULL, NULL FROM $diff d
    WHERE d.verdict = 'changed' AND d.old_source <> CAST(:source AS text) AND d.old_hash IS NOT NULL
), own AS (
    DELETE FROM told USING $diff d
    WHERE d.verdict = 'changed' AND d.says IS NULL AND told.id = d.id AND told.source = CAST(:source AS text)
)
INSERT INTO told (id, source, hash, said, unsettled) SELECT id, source, hash, says, unsettled FROM said
ON CONFLICT (id, source) DO UPDATE
SET hash = excluded.hash, version = excluded.version, said = excluded.said, unsettled = excluded.unsettled
WHERE excluded.source = CAST(:source AS text)
