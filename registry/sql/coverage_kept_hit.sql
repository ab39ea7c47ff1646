-- The cells that the prints meet, with what is served in them now. Where something went, it is made anew of all that
-- reaches the cell; where something only came, that is added to what is there.
CREATE TEMP TABLE $hit ON COMMIT DROP AS
WITH hit AS (
    SELECT g.x, g.y, bool_or(p.gone) AS gone,
           ST_MakeEnvelope(g.x * $cell_m, g.y * $cell_m, (g.x + 1) * $cell_m, (g.y + 1) * $cell_m, :srid) AS box
    FROM $print p CROSS JOIN LATERAL (
        SELECT x, y FROM generate_series(CAST(floor(ST_XMin(p.geom) / $cell_m) AS int), CAST(floor(ST_XMax(p.geom) / $cell_m) AS int)) x,
                         generate_series(CAST(floor(ST_YMin(p.geom) / $cell_m) AS int), CAST(floor(ST_YMax(p.geom) / $cell_m) AS int)) y) g
    GROUP BY g.x, g.y
)
SELECT h.x, h.y, u.geom, ST_Area(u.geom) AS area_m2
FROM hit h CROSS JOIN LATERAL (
    SELECT ST_CollectionExtract(ST_Union(s.geom), 3) AS geom FROM (
        SELECT ST_Intersection(k.geom, h.box) AS geom FROM coverage_kept_facility k
        WHERE h.gone AND k.kept = :kept AND k.geom && h.box AND NOT EXISTS (SELECT FROM $changed c WHERE c.thing = k.thing)
        UNION ALL SELECT ST_Intersection(n.geom, h.box) FROM $came n WHERE h.gone AND n.geom && h.box
        UNION ALL SELECT k.geom FROM coverage_kept_cell k WHERE NOT h.gone AND k.kept = :kept AND k.x = h.x AND k.y = h.y
        UNION ALL SELECT ST_Intersection(p.geom, h.box) FROM $print p WHERE NOT h.gone AND p.geom && h.box) s) u
