-- What is served in every cell that a touched parcel reaches into, in pieces of few vertices.
CREATE TEMP TABLE $tile ON COMMIT DROP AS
SELECT ST_Subdivide(c.geom, $vertices) AS geom
FROM (
    SELECT DISTINCT g.x, g.y FROM $land l CROSS JOIN LATERAL (
        SELECT x, y FROM generate_series(l.x, CAST(floor(ST_XMax(l.geom) / $cell_m) AS int)) x,
                         generate_series(l.y, CAST(floor(ST_YMax(l.geom) / $cell_m) AS int)) y) g
) n
LEFT JOIN $hit h USING (x, y)
LEFT JOIN LATERAL (SELECT c.geom FROM coverage_kept_cell c WHERE c.kept = :kept AND c.x = n.x AND c.y = n.y OFFSET 0) k ON true
CROSS JOIN LATERAL (SELECT CASE WHEN h.x IS NULL THEN k.geom ELSE h.geom END AS geom) c
WHERE c.geom IS NOT NULL AND NOT ST_IsEmpty(c.geom)
