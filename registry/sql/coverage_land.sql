-- The land to be served: each parcel within the bounding area, where there is one.
-- People are spread evenly over what the parcel has of its own.
CREATE TEMP TABLE $land ON COMMIT DROP AS
SELECT p.id, p.code, p.name, p.population / nullif(p.area_m2, 0) AS people_per_m2, c.geom, $measure(c.geom) AS area_m2
FROM $disjoint p
CROSS JOIN LATERAL (
    SELECT CASE WHEN NOT :bounded OR EXISTS (SELECT FROM $within t WHERE ST_Covers(t.geom, p.geom)) THEN p.geom
                ELSE (SELECT ST_CollectionExtract(ST_Intersection(p.geom, ST_Union(t.geom)), $dimension)
                      FROM $within t WHERE ST_Intersects(t.geom, p.geom)) END AS geom OFFSET 0) c
WHERE NOT ST_IsEmpty(c.geom)
ORDER BY p.id
