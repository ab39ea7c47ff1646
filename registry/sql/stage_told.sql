-- Remember what this source said of rows that stay as they are, of which version it said so, and what of it was not
-- taken or not said again (says, unsettled). A row's own (source, source_hash) need no second place. Outside the batch: it is no change.
INSERT INTO told (id, source, hash, version, said, unsettled)
SELECT DISTINCT ON (d.id) d.id, CAST(:source AS text), d.source_hash, d.old_version, d.says, d.unsettled FROM $diff d
WHERE d.id IS NOT NULL AND (d.verdict = 'same' AND d.said IS NOT TRUE OR d.verdict = 'kept' AND d.says IS NOT NULL)
ON CONFLICT (id, source) DO UPDATE
SET hash = excluded.hash, version = excluded.version, said = excluded.said, unsettled = excluded.unsettled
WHERE (told.hash, told.version, told.said, told.unsettled)
      IS DISTINCT FROM (excluded.hash, excluded.version, excluded.said, excluded.unsettled)
