SELECT ST_AsBinary(f.geom) AS geom, f.radius_m, f.error_m FROM $facility f WHERE f.tier IS NOT NULL ORDER BY f.id
