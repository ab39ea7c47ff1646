SELECT CAST(coalesce(sum(s.parcels), 0) AS bigint) AS parcels, coalesce(sum(s.area_m2), 0) AS area_m2, coalesce(sum(s.covered_m2), 0) AS covered_m2,
       coalesce(sum(s.gap_m2), 0) AS gap_m2, sum(s.people) AS people, sum(s.people_covered) AS people_covered,
       coalesce(sum(s.peopled_m2), 0) AS peopled_m2
FROM $sum s WHERE s.whole
