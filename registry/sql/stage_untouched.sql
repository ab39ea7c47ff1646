-- The staged rows of which nothing is to be worked out: nobody but this source wrote the live row of that code, in an
-- import, and it says the same again. They are found by few and narrow columns; the rest is left to stage_diff.sql.
CREATE TEMP TABLE $diff ON COMMIT DROP AS
SELECT s.row_no, a.id, a.version AS old_version, t.*, a.source_hash$claim,
       a.source AS old_source, a.source_hash AS old_hash, true AS said,
       CAST(NULL AS jsonb) AS says, CAST(NULL AS text[]) AS unsettled, 'same' AS verdict
FROM $stage s
JOIN $live a ON $match AND a.source_hash = sha256(convert_to($said, 'UTF8') || $said_geom)
LEFT JOIN (SELECT $columns FROM $table WHERE false) t ON true
WHERE a.source = CAST(:source AS text)
  AND a.batch IN (SELECT b.id FROM batch b WHERE b.city = :city AND b.source = CAST(:source AS text) AND b.kind = 'import')
  AND a.id NOT IN (SELECT told.id FROM told WHERE told.source = CAST(:source AS text))
