-- Parcels that the straight line serves more of than the way on foot, as GeoJSON features in EPSG:4490 of the part that
-- the straight line serves. lost_m2: land that it counts and the walk does not; distance_m: the way from the nearest
-- access point of the parcel to the nearest entrance, null where no way leads.
SELECT convert_to('{"type":"Feature","id":' || d.n || ',"geometry":' ||
                  ST_AsGeoJSON(ST_Transform(ST_ForcePolygonCCW(d.geom), $stored), $digits, 0) || ',"properties":' ||
                  row_to_json(q) || '}', 'UTF8') AS feature
FROM (
    SELECT row_number() OVER (ORDER BY l.id) AS n, l.id, l.code, l.name, l.people_per_m2, c.covered_m2, l.area_m2, w.share, w.nearest_m,
           w.access, c.covered_m2 - l.area_m2 * w.share AS lost_m2,
           CASE WHEN c.gap IS NULL OR ST_IsEmpty(c.gap) THEN l.geom ELSE ST_CollectionExtract(ST_Difference(l.geom, c.gap), 3) END AS geom
    FROM $land l JOIN $cover c USING (id) JOIN $walk w USING (id)
    WHERE w.share IS NOT NULL AND c.covered_m2 - l.area_m2 * w.share >= :sliver_m2
) d
LEFT JOIN LATERAL (
    SELECT t.code FROM $division t WHERE ST_Intersects(t.geom, ST_PointOnSurface(d.geom)) ORDER BY t.code LIMIT 1) place ON true
CROSS JOIN LATERAL (
    SELECT d.lost_m2, d.lost_m2 * d.people_per_m2 AS lost_people, d.covered_m2 AS straight_m2, d.area_m2 * d.share AS walking_m2,
           100 * d.share AS walking_percent, d.nearest_m AS distance_m, d.access, place.code AS district,
           d.id AS land_id, d.code AS land_code, d.name AS land_name) q
WHERE CAST(:district AS text) IS NULL OR place.code = :district
ORDER BY d.n
