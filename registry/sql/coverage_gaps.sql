-- Blind spots as GeoJSON features in EPSG:4490: what of one parcel no facility reaches, its people, the division
-- it lies in (by a point on it) and the nearest serving facility with the shortest distance in the working CRS.
SELECT convert_to('{"type":"Feature","id":' || p.n || ',"geometry":' ||
                  ST_AsGeoJSON(ST_Transform(ST_ForcePolygonCCW(p.geom), $stored), $digits, 0) || ',"properties":' ||
                  row_to_json(q) || '}', 'UTF8') AS feature
FROM (
    SELECT row_number() OVER (ORDER BY l.id, d.path) AS n, l.id, l.code, l.name, d.geom, $measure(d.geom) AS area_m2,
           l.people_per_m2 * $measure(d.geom) AS population
    FROM $cover c JOIN $land l USING (id) CROSS JOIN LATERAL ST_Dump(c.gap) d
    WHERE c.gap IS NOT NULL AND $measure(d.geom) >= :sliver_m2
) p
LEFT JOIN LATERAL (
    SELECT f.id, f.name, f.m FROM (
        -- The few nearest by the index alone (a second sort key would read them all), then the first of equals.
        SELECT s.id, s.name, ST_Distance(s.geom, p.geom) AS m FROM $serving s ORDER BY s.geom <-> p.geom LIMIT 5) f
    ORDER BY f.m, f.id LIMIT 1
) near ON true
LEFT JOIN LATERAL (
    SELECT t.code FROM $division t WHERE ST_Intersects(t.geom, ST_PointOnSurface(p.geom)) ORDER BY t.code LIMIT 1
) place ON true
LEFT JOIN LATERAL (
    SELECT k.id, k.name FROM $known k WHERE k.class = :class AND k.city = :city AND k.id = near.id) known ON true
CROSS JOIN LATERAL (
    SELECT p.area_m2 AS $member, p.population, place.code AS district, known.id AS nearest_id, near.m AS nearest_m,
           known.name AS nearest_name,
           '/collections/' || CAST(:class AS text) || '/items/' || known.id || '?city=' || CAST(:city AS text) AS nearest,
           p.id AS land_id, p.code AS land_code, p.name AS land_name) q
WHERE CAST(:district AS text) IS NULL OR place.code = :district
ORDER BY p.n
