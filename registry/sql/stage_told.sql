-- Remember what each source said last: of rows that were the same already, this source; of rows that change
-- hands, the source before. A row's own (source, source_hash) need no second place.
WITH said AS (
    SELECT d.id, CAST(:source AS text) AS source, d.source_hash AS hash FROM $diff d
    WHERE d.verdict = 'same' AND NOT d.said AND d.id IS NOT NULL
    UNION ALL
    SELECT d.id, d.old_source, d.old_hash FROM $diff d
    WHERE d.verdict = 'changed' AND d.old_source <> CAST(:source AS text) AND d.old_hash IS NOT NULL
), own AS (
    DELETE FROM told USING $diff d WHERE d.verdict = 'changed' AND told.id = d.id AND told.source = CAST(:source AS text)
)
INSERT INTO told (id, source, hash) SELECT DISTINCT ON (id, source) id, source, hash FROM said
ON CONFLICT (id, source) DO UPDATE SET hash = excluded.hash WHERE told.hash <> excluded.hash
