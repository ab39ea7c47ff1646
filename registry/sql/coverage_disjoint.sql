-- Land drawn twice counts once: each polygon loses what one with a lower id has already.
-- Neighbours share edges, hence ST_Relate asks for interiors that meet in an area (of lines: in a length).
CREATE TEMP TABLE $disjoint ON COMMIT DROP AS
SELECT p.id, p.code, p.name, p.population, c.geom, $measure(c.geom) AS area_m2
FROM $table p
LEFT JOIN LATERAL (
    SELECT ST_Union(q.geom ORDER BY q.id) AS geom FROM $table q
    WHERE q.id < p.id AND ST_Intersects(q.geom, p.geom) AND ST_Relate(q.geom, p.geom, $interiors)) o ON true
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.geom IS NULL THEN p.geom
                ELSE ST_CollectionExtract(ST_Difference(p.geom, o.geom), $dimension) END AS geom OFFSET 0) c
WHERE NOT ST_IsEmpty(c.geom)
ORDER BY p.id
