-- The sums of the city (whole) and of each division.
SELECT s.whole, s.code, CAST(sum(s.parcels) AS bigint) AS parcels, sum(s.area_m2) AS area_m2, sum(s.covered_m2) AS covered_m2,
       sum(s.people) AS people, sum(s.people_covered) AS people_covered, sum(s.peopled_m2) AS peopled_m2,
       sum(s.gap_m2) AS gap_m2, CAST(sum(s.gaps) AS bigint) AS gaps, CAST(sum(s.slivers) AS bigint) AS slivers,
       sum(s.sliver_m2) AS sliver_m2
FROM coverage_kept_sum s WHERE s.kept = :kept GROUP BY s.whole, s.code
