-- The sums of the city and of each division as they are, and as they would be with the changes.
WITH $parts, each AS (
    SELECT false AS after, k.whole, k.code, k.area_m2, k.covered_m2, k.people, k.people_covered
    FROM coverage_kept_sum k WHERE k.kept = :kept
    UNION ALL
    SELECT true, k.whole, k.code, k.area_m2, k.covered_m2, k.people, k.people_covered
    FROM coverage_kept_sum k WHERE k.kept = :kept AND (k.x, k.y) NOT IN (SELECT b.x, b.y FROM $block b)
    UNION ALL
    SELECT true, b.whole, b.code, b.area_m2, b.covered_m2, b.people, b.people_covered FROM $block b
)
SELECT after, whole, code, sum(area_m2) AS area_m2, sum(covered_m2) AS covered_m2, sum(people) AS people,
       sum(people_covered) AS people_covered
FROM each GROUP BY after, whole, code
