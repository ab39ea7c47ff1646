-- The row changes hands: what its source said last is remembered, so that loading it again does not undo the edit.
-- What is remembered already is never older than the row's own: the source may have spoken again, and nothing was taken.
INSERT INTO told (id, source, hash)
SELECT a.id, a.source, a.source_hash FROM $table a
WHERE a.$discriminator = $key AND a.city = :city AND a.id = :id AND a.source_hash IS NOT NULL
ON CONFLICT (id, source) DO NOTHING
