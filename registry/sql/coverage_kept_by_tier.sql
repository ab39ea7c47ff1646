-- As coverage_facilities: facilities by tier, then rows that do not serve by reason, then how many rows serve.
SELECT 'tier' AS kind, f.tier::text AS key, count(*) AS count, coalesce(sum(f.area_m2), 0) AS area_m2
FROM coverage_kept_facility f WHERE f.kept = :kept GROUP BY f.tier
UNION ALL
SELECT 'reason', r.reason, count(DISTINCT r.thing), coalesce(sum(r.area_m2), 0)
FROM coverage_kept_row r WHERE r.kept = :kept AND r.reason IS NOT NULL GROUP BY r.reason
UNION ALL
SELECT 'rows', NULL, count(*), 0 FROM coverage_kept_row r WHERE r.kept = :kept AND r.reason IS NULL
ORDER BY 1, 2
