-- What of each line is served (m, by intersection) and what is not (lines, by difference). The tiles that it meets are
-- united first, since a line along the seam of two tiles lies in both.
CREATE TEMP TABLE $cover ON COMMIT DROP AS
WITH told AS (
    SELECT l.id, ST_Union(t.geom) AS near FROM $tile t JOIN $land l ON ST_Intersects(t.geom, l.geom) GROUP BY l.id
)
SELECT l.id,
       CASE WHEN c.covered_m2 >= l.area_m2 * (1 - 1e-9) THEN l.area_m2 ELSE coalesce(c.covered_m2, 0) END AS covered_m2,
       CASE WHEN c.covered_m2 >= l.area_m2 * (1 - 1e-9) THEN NULL
            WHEN n.near IS NULL THEN l.geom
            ELSE ST_CollectionExtract(ST_Difference(l.geom, n.near), 2) END AS gap
FROM $land l LEFT JOIN told n USING (id)
CROSS JOIN LATERAL (SELECT ST_Length(ST_Intersection(l.geom, n.near)) AS covered_m2 OFFSET 0) c
ORDER BY l.id
