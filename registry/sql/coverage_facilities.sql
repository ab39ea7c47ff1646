-- Facilities by tier (null: below every tier; `no_radius`: none fits its fields), then rows that do not serve, by reason.
SELECT 'tier' AS kind, f.tier::text AS key, count(*) AS count, coalesce(sum(ST_Area(f.geom)), 0) AS area_m2
FROM $facility f WHERE f.fits <> 0 GROUP BY f.tier
UNION ALL
SELECT 'reason', 'no_radius', count(*), coalesce(sum(ST_Area(f.geom)), 0)
FROM $facility f WHERE f.fits = 0 HAVING count(*) > 0
UNION ALL
SELECT 'reason', r.reason, count(DISTINCT r.thing), coalesce(sum(ST_Area(r.geom)), 0)
FROM $row r WHERE r.reason IS NOT NULL GROUP BY r.reason
UNION ALL
SELECT 'rows', NULL, count(*), 0 FROM $row r WHERE r.reason IS NULL
ORDER BY 1, 2
