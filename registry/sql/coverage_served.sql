-- Buffers from the boundary, each a polygon inscribed in the true one (the bias is always downward), in one piece.
-- grow_m and errors move every border, to tell how much hangs on it: both are 0 for the figure.
CREATE TEMP TABLE $served ON COMMIT DROP AS
SELECT ST_Union(ST_Buffer(f.geom, f.radius_m + :grow_m + :errors * coalesce(f.error_m, 0), 'quad_segs=$quad_segs') ORDER BY f.id) AS geom
FROM $facility f WHERE f.tier IS NOT NULL
