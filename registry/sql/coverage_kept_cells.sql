-- The area served, cell by cell.
INSERT INTO coverage_kept_cell (kept, x, y, area_m2, geom)
SELECT :kept, c.x, c.y, ST_Area(c.geom), c.geom
FROM (
    SELECT g.x, g.y, ST_CollectionExtract(ST_Union(ST_Intersection(
               t.geom, ST_MakeEnvelope(g.x * $cell_m, g.y * $cell_m, (g.x + 1) * $cell_m, (g.y + 1) * $cell_m, :srid))), 3) AS geom
    FROM $tile t CROSS JOIN LATERAL (
        SELECT x, y FROM generate_series(CAST(floor(ST_XMin(t.geom) / $cell_m) AS int), CAST(floor(ST_XMax(t.geom) / $cell_m) AS int)) x,
                         generate_series(CAST(floor(ST_YMin(t.geom) / $cell_m) AS int), CAST(floor(ST_YMax(t.geom) / $cell_m) AS int)) y) g
    GROUP BY g.x, g.y
) c
WHERE NOT ST_IsEmpty(c.geom)
