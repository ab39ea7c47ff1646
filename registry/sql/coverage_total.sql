SELECT count(*) AS parcels, coalesce(sum(l.area_m2), 0) AS area_m2, coalesce(sum(c.covered_m2), 0) AS covered_m2,
       coalesce(sum($measure(c.gap)), 0) AS gap_m2,
       sum(l.people_per_m2 * l.area_m2) AS people, sum(l.people_per_m2 * c.covered_m2) AS people_covered,
       coalesce(sum(l.area_m2) FILTER (WHERE l.people_per_m2 IS NOT NULL), 0) AS peopled_m2
FROM $land l JOIN $cover c USING (id)
