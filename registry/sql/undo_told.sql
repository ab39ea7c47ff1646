-- What the sources had said last of the rows that were undone, where they have not said anything since.
WITH back AS (
    SELECT p.id, p.source, p.was, p.version, p.said, p.unsettled
    FROM told_past p LEFT JOIN told t ON t.id = p.id AND t.source = p.source
    WHERE p.batch = :undone AND t.hash IS NOT DISTINCT FROM p.became
      AND p.id IN (SELECT u.id FROM undo_row u WHERE u.conflict IS NULL)
), unsaid AS (
    DELETE FROM told USING back b WHERE told.id = b.id AND told.source = b.source AND b.was IS NULL
)
INSERT INTO told (id, source, hash, version, said, unsettled)
SELECT b.id, b.source, b.was, b.version, b.said, b.unsettled FROM back b WHERE b.was IS NOT NULL
ON CONFLICT (id, source) DO UPDATE
SET hash = excluded.hash, version = excluded.version, said = excluded.said, unsettled = excluded.unsettled
