-- As coverage_facilities: facilities by tier, then rows that do not serve by reason, then how many rows serve.
WITH gone AS MATERIALIZED (SELECT DISTINCT c.thing FROM $changed c),
facility AS (
    SELECT k.tier, k.area_m2 FROM coverage_kept_facility k WHERE k.kept = :kept AND k.thing NOT IN (SELECT thing FROM gone)
    UNION ALL SELECT n.tier, n.area_m2 FROM $came n
), rows AS (
    SELECT k.thing, k.reason, k.area_m2 FROM coverage_kept_row k WHERE k.kept = :kept AND k.thing NOT IN (SELECT thing FROM gone)
    UNION ALL SELECT r.thing, r.reason, ST_Area(r.geom) FROM $row r
)
SELECT 'tier' AS kind, f.tier::text AS key, count(*) AS count, coalesce(sum(f.area_m2), 0) AS area_m2 FROM facility f GROUP BY f.tier
UNION ALL
SELECT 'reason', r.reason, count(DISTINCT r.thing), coalesce(sum(r.area_m2), 0) FROM rows r WHERE r.reason IS NOT NULL GROUP BY r.reason
UNION ALL
SELECT 'rows', NULL, count(*), 0 FROM rows r WHERE r.reason IS NULL
ORDER BY 1, 2
