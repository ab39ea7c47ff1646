-- The sums of the city and of each division as they are, and as they would be (…_then) with the changes; with the revision that they
-- are of, which a statement of its own would have to be asked for. Land and people are the same before and after.
WITH $parts
SELECT k.whole, k.code, (SELECT s.revision FROM coverage_kept s WHERE s.id = :kept) AS revision,
       sum(k.area_m2) AS area_m2, sum(k.people) AS people,
       sum(k.covered_m2) AS covered_m2, sum(k.people_covered) AS people_covered,
       sum(CASE WHEN b.x IS NULL THEN k.covered_m2 ELSE b.covered_m2 END) AS covered_m2_then,
       sum(CASE WHEN b.x IS NULL THEN k.people_covered ELSE b.people_covered END) AS people_covered_then
FROM coverage_kept_sum k
LEFT JOIN $block b ON b.x = k.x AND b.y = k.y AND b.whole = k.whole AND coalesce(b.code, '') = coalesce(k.code, '')
WHERE k.kept = :kept
GROUP BY k.whole, k.code
