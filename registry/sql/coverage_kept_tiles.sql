-- What is served in every cell that a touched parcel reaches into, in pieces of few vertices.
CREATE TEMP TABLE $tile ON COMMIT DROP AS
SELECT ST_Subdivide(c.geom, $vertices) AS geom
FROM (
    SELECT DISTINCT g.x, g.y FROM $land l CROSS JOIN LATERAL (
        SELECT x, y FROM generate_series(l.x, CAST(floor(ST_XMax(l.geom) / $cell_m) AS int)) x,
                         generate_series(l.y, CAST(floor(ST_YMax(l.geom) / $cell_m) AS int)) y) g
) n
LEFT JOIN $hit h USING (x, y)
LEFT JOIN coverage_kept_cell k ON k.kept = :kept AND k.x = n.x AND k.y = n.y
CROSS JOIN LATERAL (SELECT CASE WHEN h.x IS NULL THEN k.geom ELSE h.geom END AS geom) c
WHERE c.geom IS NOT NULL AND NOT ST_IsEmpty(c.geom)
