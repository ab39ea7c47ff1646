-- The facilities, each with the area that it serves alone; null below every tier.
CREATE TEMP TABLE $came ON COMMIT DROP AS
SELECT f.thing, f.tier, ST_Area(f.geom) AS area_m2,
       CASE WHEN f.tier IS NOT NULL THEN ST_Buffer(f.geom, f.radius_m, 'quad_segs=$quad_segs') END AS geom
FROM $facility f
