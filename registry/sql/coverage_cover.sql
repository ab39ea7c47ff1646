-- What of each parcel is served (m², by intersection) and what is not (polygons, by difference): two ways,
-- so that their sum checks both. A parcel within one tile needs no overlay. Tiles lead the join, since a
-- prepared tile meets its parcels ten times faster than each parcel looks for its tiles.
CREATE TEMP TABLE $cover ON COMMIT DROP AS
WITH met AS MATERIALIZED (
    SELECT l.id, m.whole, CASE WHEN m.whole THEN l.area_m2 ELSE ST_Area(ST_Intersection(t.geom, l.geom)) END AS covered_m2,
           CASE WHEN NOT m.whole THEN t.geom END AS near
    FROM $tile t
    JOIN $land l ON ST_Intersects(t.geom, l.geom)
    CROSS JOIN LATERAL (SELECT ST_Covers(t.geom, l.geom) AS whole OFFSET 0) m
), told AS (
    SELECT met.id, bool_or(met.whole) AS whole, sum(met.covered_m2) AS covered_m2, ST_Union(met.near) AS near
    FROM met GROUP BY met.id
)
SELECT l.id,  -- within a billionth of all of it is all of it, so that full cover is 100 % and not 99.999999999998 %
       CASE WHEN n.covered_m2 >= l.area_m2 * (1 - 1e-9) THEN l.area_m2 ELSE coalesce(n.covered_m2, 0) END AS covered_m2,
       CASE WHEN n.whole OR n.covered_m2 >= l.area_m2 * (1 - 1e-9) THEN NULL
            WHEN n.near IS NULL THEN l.geom
            ELSE ST_CollectionExtract(ST_Difference(l.geom, n.near), 3) END AS gap
FROM $land l LEFT JOIN told n USING (id)
ORDER BY l.id
