CREATE TEMP TABLE $union ON COMMIT DROP AS
SELECT ST_Union(s.geom ORDER BY s.id) AS geom FROM $source s
