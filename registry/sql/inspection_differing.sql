-- How many of the new inspections say otherwise than another one of the same asset, form, day and part of it.
SELECT count(*)
FROM (SELECT d.*, row_number() OVER (PARTITION BY d.asset_id, d.form, d.inspected_on, d.from_m, d.to_m, d.area_m2
                                     ORDER BY d.row_no) AS turn
      FROM $diff d WHERE d.asset_id IS NOT NULL AND NOT d.known) n
WHERE n.turn > 1 OR EXISTS (
    SELECT FROM inspection e WHERE e.asset_id = n.asset_id AND e.inspected_on = n.inspected_on AND e.form = n.form
    AND (e.from_m, e.to_m, e.area_m2) IS NOT DISTINCT FROM (n.from_m, n.to_m, n.area_m2)
    AND NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = e.id))
