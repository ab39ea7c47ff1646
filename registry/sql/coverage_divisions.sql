-- Land, served land and people of each division. A parcel within one tile goes whole; one on a border is divided.
SELECT s.code, sum(s.area_m2) AS area_m2, sum(s.covered_m2) AS covered_m2,
       sum(l.people_per_m2 * s.area_m2) AS people, sum(l.people_per_m2 * s.covered_m2) AS people_covered
FROM $land l
JOIN $cover c USING (id)
LEFT JOIN LATERAL (SELECT t.code FROM $division t WHERE ST_Covers(t.geom, l.geom) LIMIT 1) w ON true
CROSS JOIN LATERAL (
    SELECT w.code, l.area_m2, c.covered_m2 WHERE w.code IS NOT NULL
    UNION ALL
    SELECT p.code, p.area_m2, greatest(p.area_m2 - p.gap_m2, 0) FROM (
        SELECT t.code, sum(ST_Area(ST_Intersection(t.geom, l.geom))) AS area_m2,
               coalesce(sum(ST_Area(ST_Intersection(t.geom, c.gap))), 0) AS gap_m2
        FROM $division t WHERE w.code IS NULL AND ST_Intersects(t.geom, l.geom) GROUP BY t.code) p
) s
GROUP BY s.code
