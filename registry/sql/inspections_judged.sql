-- Inspections of forms that are judged by a standard, in the order in which they were recorded.
SELECT i.id, i.asset_id, i.form, i.inspected_on, i.measurements, i.scores, i.grade, i.table_edition
FROM inspection i
WHERE i.city = :city AND i.form = ANY(:forms)
ORDER BY i.id
