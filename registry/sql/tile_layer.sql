-- One layer of a tile, and the state of what it is drawn from. What comes to nothing at this scale is left out; OFFSET 0, else
-- each shape is drawn once to look at it, and again.
$picked SELECT made.*, $facts
FROM (SELECT ST_AsMVT(t, «layer», $extent, 'geom', 'id'), count(*), $of FROM ($drawn OFFSET 0) t WHERE t.geom IS NOT NULL) made
LEFT JOIN layer l ON l.city = «city» AND l.key = $key
