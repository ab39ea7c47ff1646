-- One facility is all its rows together (a park split by a road is one park), in the working CRS.
-- Stored coordinates are snapped to 1e-9° (at most 0.08 mm), which moves an area by less than the
-- perimeter × 0.1 mm; within that an area counts as having reached a bound, since bounds are inclusive.
-- Touching a historic district is meant to 1 mm for the same reason.
CREATE TEMP TABLE $facility ON COMMIT DROP AS
WITH whole AS (
    SELECT r.thing, min(r.id) AS id, ST_Union(r.geom ORDER BY r.id) AS geom, bit_or(r.fits) AS fits,
           max(r.error_m) AS error_m
    FROM $row r WHERE r.reason IS NULL GROUP BY r.thing
), judged AS (
    SELECT w.thing, w.id, w.geom, w.fits, w.error_m, ST_Area(w.geom) AS area_m2,
           ST_Area(w.geom) + ST_Perimeter(w.geom) * 1e-4 AS at_most_m2,
           EXISTS (SELECT FROM $historic h WHERE ST_DWithin(h.geom, w.geom, 0.001)) AS historic
    FROM whole w
)
SELECT j.thing, j.id, j.geom, j.area_m2, j.error_m, j.fits, t.tier, t.radius_m
FROM judged j
LEFT JOIN LATERAL (
    SELECT t.tier, t.radius_m
    FROM jsonb_to_recordset(CAST(:tiers AS jsonb)) AS t(tier int, min_m2 float8, max_m2 float8, radius_m float8,
                                                        needs_historic boolean)
    WHERE (j.fits >> t.tier) & 1 = 1 AND j.at_most_m2 >= t.min_m2 AND (t.max_m2 IS NULL OR j.at_most_m2 < t.max_m2)
      AND (j.historic OR NOT t.needs_historic)
    ORDER BY t.radius_m DESC, t.tier LIMIT 1) t ON true
ORDER BY j.id
