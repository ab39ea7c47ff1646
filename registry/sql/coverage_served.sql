-- Buffers from the boundary, each a polygon inscribed in the true one (the bias is always downward), in one piece.
CREATE TEMP TABLE $served ON COMMIT DROP AS
SELECT ST_Union(ST_Buffer(f.geom, f.radius_m, 'quad_segs=$quad_segs') ORDER BY f.id) AS geom
FROM $facility f WHERE f.tier IS NOT NULL
