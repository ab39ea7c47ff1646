-- Rows that change hands: what the source before said last is remembered, what this one said is the row's own now.
-- Within the batch, so that its undo can say it again.
WITH own AS (
    DELETE FROM told USING $diff d
    WHERE d.verdict = 'changed' AND told.id = d.id AND told.source = CAST(:source AS text)
)
INSERT INTO told (id, source, hash)
SELECT d.id, d.old_source, d.old_hash FROM $diff d
WHERE d.verdict = 'changed' AND d.old_source <> CAST(:source AS text) AND d.old_hash IS NOT NULL
ON CONFLICT (id, source) DO UPDATE SET hash = excluded.hash WHERE told.hash <> excluded.hash
