-- What of each parcel is served (m², by intersection) and what is not (polygons, by difference): two ways,
-- so that their sum checks both. A parcel within one tile needs no overlay.
CREATE TEMP TABLE $cover ON COMMIT DROP AS
SELECT l.id, least(n.covered_m2, l.area_m2) AS covered_m2,
       CASE WHEN n.whole THEN NULL
            WHEN n.near IS NULL THEN l.geom
            ELSE ST_CollectionExtract(ST_Difference(l.geom, n.near), 3) END AS gap
FROM $land l
CROSS JOIN LATERAL (
    SELECT coalesce(bool_or(t.whole), false) AS whole,
           coalesce(sum(CASE WHEN t.whole THEN l.area_m2 ELSE ST_Area(ST_Intersection(t.geom, l.geom)) END), 0)
               AS covered_m2,
           ST_Union(t.geom) FILTER (WHERE NOT t.whole) AS near
    FROM (SELECT t.geom, ST_Covers(t.geom, l.geom) AS whole FROM $tile t
          WHERE ST_Intersects(t.geom, l.geom) OFFSET 0) t) n
ORDER BY l.id
