-- What is newer already stays, unless the batch that it is of is none of this city's past (any more).
INSERT INTO tally AS kept (city, class, day, statement, batch, hash, at, rows)
VALUES (:city, :class, :day, :statement, :batch, :hash, :at, CAST(:rows AS jsonb))
ON CONFLICT (city, class, day, statement) DO UPDATE
SET batch = excluded.batch, hash = excluded.hash, at = excluded.at, rows = excluded.rows
WHERE kept.at <= excluded.at
   OR NOT EXISTS (SELECT FROM batch b WHERE b.id = kept.batch AND b.city = kept.city AND b.hash = kept.hash)
