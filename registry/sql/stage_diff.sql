-- One row for each staged row: the live row it means, the row it would become, and the verdict.
-- A row that says what its source said last time, though the live row is another by now, is kept as it is:
-- somebody changed it since, and nothing new was said.
-- A row that nobody but this source wrote, and that it says again, needs no closer look (untouched): its content is not
-- worked out. Where rows have codes, stage_untouched.sql has found these, and only the rest comes here.
-- said: whether its source says what it said last; null, where it never spoke of the row.
-- OFFSET 0 keeps the planner from working out an expression twice.
$make
WITH hashed AS (
    SELECT s.*, sha256(convert_to($said, 'UTF8') || $said_geom) AS source_hash
    FROM $stage s $rest OFFSET 0
), numbered AS (
    SELECT s.*$nth FROM hashed s
)
SELECT s.row_no, a.id, a.version AS old_version, t.*, s.source_hash$claim,
       a.source AS old_source, a.source_hash AS old_hash, v.said_before = s.source_hash AS said,
       CAST(NULL AS jsonb) AS says, CAST(NULL AS text[]) AS unsettled,
       CASE WHEN a.id IS NULL AND t.geom IS NULL THEN 'lost'
            WHEN a.id IS NULL THEN 'new'
            WHEN v.untouched THEN 'same'
            WHEN ($new) IS NOT DISTINCT FROM ($old) THEN 'same'
            WHEN v.said_before = s.source_hash THEN 'kept'
            ELSE 'changed' END AS verdict
FROM numbered s
LEFT JOIN $live a ON $match
LEFT JOIN told ON told.id = a.id AND told.source = CAST(:source AS text)
CROSS JOIN LATERAL (
    SELECT coalesce(told.hash, CASE WHEN a.source = CAST(:source AS text) THEN a.source_hash END) AS said_before,
           told.id IS NULL AND a.source = CAST(:source AS text) AND a.source_hash = s.source_hash
           AND a.batch IN (SELECT b.id FROM batch b WHERE b.city = :city AND b.source = CAST(:source AS text)
                           AND b.kind = 'import') IS TRUE AS untouched OFFSET 0) v
$placing
LEFT JOIN LATERAL (SELECT $target WHERE v.untouched IS NOT TRUE OFFSET 0) t ON true
