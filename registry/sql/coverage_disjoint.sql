-- Land drawn twice counts once: each polygon loses what one with a lower id has already.
-- Who may meet whom is told by a lattice of cells some twice as wide as a polygon, joined by hash: a third of the cost
-- of asking the index for each. Neighbours share edges, hence ST_Relate asks for interiors that meet in an area (of
-- lines: in a length).
CREATE TEMP TABLE $disjoint ON COMMIT DROP AS
WITH box AS MATERIALIZED (
    SELECT p.id, ST_XMin(p.geom) AS west, ST_XMax(p.geom) AS east, ST_YMin(p.geom) AS south, ST_YMax(p.geom) AS north FROM $table p
), wide AS (
    SELECT greatest(1, 2 * avg(w.m), max(w.m) / 200) AS m FROM (SELECT greatest(b.east - b.west, b.north - b.south) AS m FROM box b) w
), cell AS MATERIALIZED (
    SELECT x * 10000000000 + y AS cell, b.*
    FROM box b CROSS JOIN wide
    CROSS JOIN LATERAL generate_series(CAST(floor(b.west / wide.m) AS bigint), CAST(floor(b.east / wide.m) AS bigint)) x
    CROSS JOIN LATERAL generate_series(CAST(floor(b.south / wide.m) AS bigint), CAST(floor(b.north / wide.m) AS bigint)) y
), near AS (
    SELECT DISTINCT a.id, b.id AS other
    FROM cell a JOIN cell b USING (cell)
    WHERE b.id < a.id AND a.west <= b.east AND b.west <= a.east AND a.south <= b.north AND b.south <= a.north
), over AS (
    SELECT n.id, ST_Union(q.geom ORDER BY q.id) AS geom
    FROM near n JOIN $table p ON p.id = n.id JOIN $table q ON q.id = n.other
    WHERE ST_Intersects(q.geom, p.geom) AND ST_Relate(q.geom, p.geom, $interiors)
    GROUP BY n.id
)
SELECT p.id, p.code, p.name, p.population, c.geom, CASE WHEN o.id IS NULL THEN p.area_m2 ELSE $measure(c.geom) END AS area_m2
FROM $table p
LEFT JOIN over o ON o.id = p.id
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.id IS NULL THEN p.geom
                ELSE ST_CollectionExtract(ST_Difference(p.geom, o.geom), $dimension) END AS geom OFFSET 0) c
WHERE NOT ST_IsEmpty(c.geom)
ORDER BY p.id
