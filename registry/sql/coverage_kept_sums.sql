INSERT INTO coverage_kept_sum (kept, x, y, whole, code, parcels, area_m2, covered_m2, people, people_covered, peopled_m2, gap_m2,
                               gaps, slivers, sliver_m2)
SELECT :kept, b.x, b.y, b.whole, b.code, b.parcels, b.area_m2, b.covered_m2, b.people, b.people_covered, b.peopled_m2, b.gap_m2,
       b.gaps, b.slivers, b.sliver_m2
FROM $block b
