-- The assets follow their inspections. Where none is left that says a state (or grade), though one once did, the
-- state is unknown: never good, and never what it was before. What no inspection ever said is left alone, and so is
-- what only such inspections said as were taken back.
UPDATE asset a
SET ($columns) = ROW($values), row_hash = $hash, version = a.version + (a.batch <> :batch)::int, batch = :batch,
    sys_from = :at
FROM (
    SELECT $target
    -- From the ids to their assets, one by one, whatever the planner knows of tables that were just filled.
    FROM (SELECT DISTINCT w.id FROM ($ids) w (id)) w
    CROSS JOIN LATERAL (SELECT * FROM asset x WHERE x.class = :class AND x.city = :city AND x.id = w.id OFFSET 0) o
    CROSS JOIN LATERAL registry_judged(o.id, NULL, NULL) j
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(i.state IS NOT NULL AND (i.whole OR i.state IN ('damaged', 'missing'))), false) AS state,
               coalesce(bool_or(i.grade IS NOT NULL AND i.whole), false) AS grade
        FROM (SELECT n.state, coalesce(n.override_grade, n.grade) AS grade,
                     n.from_m IS NULL AND n.to_m IS NULL AND n.area_m2 IS NULL AS whole
              FROM inspection n WHERE n.asset_id = o.id
              AND (NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = n.id)
                   OR NOT registry_withdrawn(n.id))) i) once
) d
WHERE a.class = :class AND a.city = :city AND a.id = d.id AND a.row_hash IS DISTINCT FROM $hash
