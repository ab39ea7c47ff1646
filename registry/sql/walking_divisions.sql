-- The same for each division: a parcel on a border is divided by area, and both parts have the parcel's share.
SELECT s.code, sum(s.area_m2) AS area_m2, sum(s.straight_m2) AS straight_m2,
       coalesce(sum(s.area_m2) FILTER (WHERE s.share IS NOT NULL), 0) AS known_m2,
       coalesce(sum(s.straight_m2) FILTER (WHERE s.share IS NOT NULL), 0) AS straight_known_m2,
       coalesce(sum(s.area_m2 * s.share), 0) AS walking_m2,
       sum(s.people_per_m2 * s.area_m2) AS people, sum(s.people_per_m2 * s.area_m2 * s.share) AS people_walking,
       sum(s.people_per_m2 * s.area_m2) FILTER (WHERE s.share IS NOT NULL) AS people_known,
       sum(s.people_per_m2 * s.straight_m2) AS people_straight,
       sum(s.people_per_m2 * s.straight_m2) FILTER (WHERE s.share IS NOT NULL) AS people_straight_known
FROM (
    SELECT t.code, l.people_per_m2, w.share, p.area_m2,
           CASE WHEN m.whole THEN c.covered_m2
                ELSE greatest(p.area_m2 - coalesce(ST_Area(ST_Intersection(t.geom, c.gap)), 0), 0) END AS straight_m2
    FROM $division t
    JOIN $land l ON ST_Intersects(t.geom, l.geom)
    JOIN $cover c USING (id)
    JOIN $walk w USING (id)
    CROSS JOIN LATERAL (SELECT ST_Covers(t.geom, l.geom) AS whole OFFSET 0) m
    CROSS JOIN LATERAL (
        SELECT CASE WHEN m.whole THEN l.area_m2 ELSE ST_Area(ST_Intersection(t.geom, l.geom)) END AS area_m2 OFFSET 0) p
) s
GROUP BY s.code
