-- The sums of the cells, with what is told of the touched parcels and their parts in the place of what is kept.
CREATE TEMP TABLE $block ON COMMIT DROP AS
WITH parcel AS (
    SELECT p.x, p.y, p.code, p.people_per_m2, p.area_m2, CASE WHEN t.id IS NULL THEN p.covered_m2 ELSE t.covered_m2 END AS covered_m2,
           CASE WHEN t.id IS NULL THEN p.gap_m2 ELSE t.gap_m2 END AS gap_m2, coalesce(t.gaps, p.gaps) AS gaps,
           coalesce(t.slivers, p.slivers) AS slivers, coalesce(t.sliver_m2, p.sliver_m2) AS sliver_m2
    FROM $cells b CROSS JOIN LATERAL (
        SELECT k.* FROM coverage_kept_parcel k WHERE k.kept = :kept AND k.x = b.x AND k.y = b.y OFFSET 0) p
    LEFT JOIN $told t ON t.id = p.id
), part AS (
    SELECT p.x, p.y, p.code, w.people_per_m2, p.area_m2, coalesce(s.covered_m2, p.covered_m2) AS covered_m2
    FROM $cells b JOIN coverage_kept_part p ON p.kept = :kept AND p.x = b.x AND p.y = b.y
    JOIN coverage_kept_parcel w ON w.kept = p.kept AND w.x = p.x AND w.y = p.y AND w.id = p.id
    LEFT JOIN $share s ON s.id = p.id AND s.code = p.code
), each AS (
    SELECT true AS whole, CAST(NULL AS text) AS code, x, y, people_per_m2, area_m2, covered_m2, gap_m2, gaps, slivers, sliver_m2
    FROM parcel
    UNION ALL SELECT false, code, x, y, people_per_m2, area_m2, covered_m2, 0, 0, 0, 0 FROM parcel WHERE code IS NOT NULL
    UNION ALL SELECT false, code, x, y, people_per_m2, area_m2, covered_m2, 0, 0, 0, 0 FROM part
)
SELECT x, y, whole, code, count(*) AS parcels, sum(area_m2) AS area_m2, sum(covered_m2) AS covered_m2,
       sum(people_per_m2 * area_m2) AS people, sum(people_per_m2 * covered_m2) AS people_covered,
       coalesce(sum(area_m2) FILTER (WHERE people_per_m2 IS NOT NULL), 0) AS peopled_m2, sum(gap_m2) AS gap_m2,
       sum(gaps) AS gaps, sum(slivers) AS slivers, sum(sliver_m2) AS sliver_m2
FROM each GROUP BY x, y, whole, code
