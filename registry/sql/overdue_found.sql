-- Each asset in service with the last inspection of the whole of it that serves the form, and the day it is due.
SELECT d.*, CASE WHEN d.due_on < CAST(:today AS date) THEN CAST(:today AS date) - d.due_on END AS days_overdue
FROM (
    SELECT w.*, CASE WHEN w.due_on IS NULL THEN 'unknown' WHEN w.due_on < CAST(:today AS date) THEN 'overdue' END AS status,
           CASE WHEN w.entry IS NULL THEN 'no_interval' WHEN w.due_on IS NULL THEN 'never_inspected' END AS unknown_why
    FROM (
        SELECT a.id, a.class, a.code, a.name, a.district, a.keeper, a.installed_on, l.inspected_on AS last_inspected_on,
               r.entry, CAST(coalesce(l.inspected_on, a.installed_on)
                             + make_interval(months => r.months, days => r.days) AS date) AS due_on,
               ST_AsGeoJSON($shape, 9, 0) AS geometry
        FROM $assets a
        LEFT JOIN jsonb_to_recordset(CAST(:rules AS jsonb)) AS r(entry int, months int, days int) ON r.entry = $entry
        LEFT JOIN LATERAL (
            SELECT max(i.inspected_on) AS inspected_on FROM inspection i
            WHERE i.asset_id = a.id AND i.form = ANY(:forms) AND i.inspected_on <= CAST(:today AS date)
              AND i.from_m IS NULL AND i.to_m IS NULL AND i.area_m2 IS NULL
              AND (CAST(:as_of AS timestamptz) IS NULL
                   OR (SELECT b.at FROM batch b WHERE b.id = i.batch) <= CAST(:as_of AS timestamptz))
              AND NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = i.id
                              AND (CAST(:as_of AS timestamptz) IS NULL
                                   OR (SELECT b.at FROM batch b WHERE b.id = c.batch) <= CAST(:as_of AS timestamptz)))
        ) l ON true
        WHERE a.city = :city AND $counting AND (CAST(:district AS text) IS NULL OR a.district = :district)
    ) w
) d
WHERE d.status IS NOT NULL AND (CAST(:status AS text) IS NULL OR d.status = :status)
