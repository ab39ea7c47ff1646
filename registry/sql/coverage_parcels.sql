-- Each parcel with what of it is served, and the nearest facility that serves, with the shortest distance in metres.
SELECT l.id, l.code, l.area_m2 AS size, c.covered_m2 AS covered, near.id AS nearest_id, near.m AS nearest_m
FROM $land l JOIN $cover c USING (id)
LEFT JOIN LATERAL (
    SELECT f.id, f.m FROM (
        -- The few nearest by the index alone (a second sort key would read them all), then the first of equals.
        SELECT s.id, ST_Distance(s.geom, l.geom) AS m FROM $serving s ORDER BY s.geom <-> l.geom LIMIT 5) f
    ORDER BY f.m, f.id LIMIT 1
) near ON true
ORDER BY l.id
