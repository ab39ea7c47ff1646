-- The sums of the city and of each division: of the cells that are touched, as they are now.
CREATE TEMP TABLE $sum ON COMMIT DROP AS
SELECT s.whole, s.code, sum(s.parcels) AS parcels, sum(s.area_m2) AS area_m2, sum(s.covered_m2) AS covered_m2,
       sum(s.people) AS people, sum(s.people_covered) AS people_covered, sum(s.peopled_m2) AS peopled_m2,
       sum(s.gap_m2) AS gap_m2, sum(s.gaps) AS gaps, sum(s.slivers) AS slivers, sum(s.sliver_m2) AS sliver_m2
FROM (
    SELECT k.* FROM coverage_kept_sum k
    WHERE k.kept = :kept AND (k.x, k.y) NOT IN (SELECT b.x, b.y FROM $block b)
    UNION ALL SELECT :kept, b.* FROM $block b
) s GROUP BY s.whole, s.code
