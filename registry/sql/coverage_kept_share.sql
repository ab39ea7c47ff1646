-- What is served now of the parts of the touched parcels.
CREATE TEMP TABLE $share ON COMMIT DROP AS
SELECT p.x, p.y, p.id, p.code, greatest(p.area_m2 - coalesce(ST_Area(ST_Intersection(p.geom, c.gap)), 0), 0) AS covered_m2
FROM $told t JOIN $cover c USING (id)
JOIN coverage_kept_part p ON p.kept = :kept AND p.x = t.x AND p.y = t.y AND p.id = t.id
