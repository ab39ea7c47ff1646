-- Remember what each source said last, of rows that were the same already. A row's own (source, source_hash) need no
-- second place.
INSERT INTO told (id, source, hash)
SELECT DISTINCT ON (d.id) d.id, CAST(:source AS text), d.source_hash FROM $diff d
WHERE d.verdict = 'same' AND NOT d.said AND d.id IS NOT NULL
ON CONFLICT (id, source) DO UPDATE SET hash = excluded.hash WHERE told.hash <> excluded.hash
