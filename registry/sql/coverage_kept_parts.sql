INSERT INTO coverage_kept_part (kept, x, y, id, code, area_m2, covered_m2, geom)
SELECT :kept, t.x, t.y, t.id, d.code, a.area_m2,
       greatest(a.area_m2 - coalesce(ST_Area(ST_Intersection(d.geom, c.gap)), 0), 0), d.geom
FROM $told t JOIN $divided d USING (id) JOIN $cover c USING (id)
CROSS JOIN LATERAL (SELECT ST_Area(d.geom) AS area_m2) a
WHERE NOT d.whole
