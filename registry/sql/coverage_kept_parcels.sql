INSERT INTO coverage_kept_parcel (kept, x, y, id, code, people_per_m2, area_m2, covered_m2, gap_m2, gaps, slivers, sliver_m2, geom)
SELECT :kept, t.x, t.y, t.id, d.code, l.people_per_m2, l.area_m2, t.covered_m2, t.gap_m2, t.gaps, t.slivers, t.sliver_m2, l.geom
FROM $told t JOIN $land l USING (id) LEFT JOIN $divided d ON d.id = t.id AND d.whole
ORDER BY t.x, t.y, t.id
