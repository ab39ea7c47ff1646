-- Serving facilities by the error of their place, and those beyond the border whose radius reaches land within it.
SELECT f.error_m, count(*) AS count, count(*) FILTER (WHERE f.radius_m <= 10 * f.error_m) AS coarse,
       count(*) FILTER (WHERE :bounded AND NOT EXISTS (SELECT FROM $within w WHERE ST_Intersects(w.geom, f.geom))
                          AND EXISTS (SELECT FROM $land l WHERE ST_DWithin(l.geom, f.geom, f.radius_m))) AS outside
FROM $facility f WHERE f.tier IS NOT NULL GROUP BY f.error_m ORDER BY f.error_m
