-- Land, served land and people of each division. A parcel within one tile goes whole; one on a border is divided.
-- Most lie within one: whether a tile covers it is asked first, whether it meets it only where it does not.
SELECT s.code, sum(s.area_m2) AS area_m2, sum(s.covered_m2) AS covered_m2,
       sum(s.people_per_m2 * s.area_m2) AS people, sum(s.people_per_m2 * s.covered_m2) AS people_covered
FROM (
    SELECT t.code, l.people_per_m2, p.area_m2,
           CASE WHEN m.whole THEN c.covered_m2
                ELSE greatest(p.area_m2 - coalesce(ST_Area(ST_Intersection(t.geom, c.gap)), 0), 0) END AS covered_m2
    FROM $division t
    JOIN $land l ON t.geom && l.geom
    CROSS JOIN LATERAL (SELECT ST_Covers(t.geom, l.geom) AS whole OFFSET 0) m
    JOIN $cover c USING (id)
    CROSS JOIN LATERAL (
        SELECT CASE WHEN m.whole THEN l.area_m2
                    WHEN ST_Intersects(t.geom, l.geom) THEN ST_Area(ST_Intersection(t.geom, l.geom)) END AS area_m2 OFFSET 0) p
    WHERE p.area_m2 IS NOT NULL
) s
GROUP BY s.code
