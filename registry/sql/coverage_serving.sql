-- The rows that serve, so that the nearest one is the very asset and not the park it belongs to.
CREATE TEMP TABLE $serving ON COMMIT DROP AS
SELECT r.id, r.name, r.geom FROM $row r JOIN $facility f USING (thing)
WHERE r.reason IS NULL AND f.tier IS NOT NULL
