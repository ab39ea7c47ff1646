-- Inspections, newest first; one that was corrected names its correction.
SELECT i.id, i.asset_id, i.form, i.inspected_on, i.from_m, i.to_m, i.area_m2, i.state, i.grade, i.override_grade,
       i.override_reason, i.scores, i.measurements, i.standard, i.table_edition, i.inspector, i.note, i.source,
       i.supersedes, c.id AS superseded_by, b.at AS recorded_at, b.actor AS recorded_by, i.batch
FROM inspection i
JOIN batch b ON b.id = i.batch
LEFT JOIN (SELECT c.id, c.supersedes, cb.at FROM inspection c JOIN batch cb ON cb.id = c.batch) c
       ON c.supersedes = i.id AND (CAST(:as_of AS timestamptz) IS NULL OR c.at <= CAST(:as_of AS timestamptz))
WHERE $where AND i.city = :city AND (CAST(:as_of AS timestamptz) IS NULL OR b.at <= CAST(:as_of AS timestamptz))
  AND (CAST(:day AS date) IS NULL OR (i.inspected_on, i.id) < (CAST(:day AS date), CAST(:id AS bigint)))
ORDER BY i.inspected_on DESC, i.id DESC
LIMIT :limit
