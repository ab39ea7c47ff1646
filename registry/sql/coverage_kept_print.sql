-- Where it matters: the areas served by changed facilities before (gone) and now, unless they are the same.
CREATE TEMP TABLE $print ON COMMIT DROP AS
SELECT b.geom, b.gone
FROM (SELECT DISTINCT thing FROM $changed) c
LEFT JOIN coverage_kept_facility k ON k.kept = :kept AND k.thing = c.thing
LEFT JOIN $came n ON n.thing = c.thing
CROSS JOIN LATERAL (VALUES (k.geom, true), (n.geom, false)) b(geom, gone)
WHERE b.geom IS NOT NULL AND NOT coalesce(ST_OrderingEquals(k.geom, n.geom), false)
