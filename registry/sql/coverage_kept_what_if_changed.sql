-- Facilities that would be other ones, each with the rows that it would have. Those that are stored are all known here.
CREATE TEMP TABLE $changed ON COMMIT DROP AS
WITH said AS (
    SELECT a.id, $thing AS thing FROM jsonb_populate_recordset(CAST(NULL AS asset), CAST(:added AS jsonb)) a
), things AS (
    SELECT s.thing FROM said s
    UNION SELECT k.thing FROM coverage_kept_row k WHERE k.kept = :kept AND k.id = ANY(CAST(:removed AS bigint[]))
)
SELECT t.thing, k.id FROM things t
LEFT JOIN coverage_kept_row k ON k.kept = :kept AND k.thing = t.thing AND k.id <> ALL(CAST(:removed AS bigint[]))
UNION ALL SELECT s.thing, s.id FROM said s
