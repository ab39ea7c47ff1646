-- One layer of a tile. What comes to nothing at this scale is left out; OFFSET 0, else each shape is drawn once to look at it, and again.
$picked SELECT ST_AsMVT(t, «layer», $extent, 'geom', 'id'), count(*), $of FROM ($drawn OFFSET 0) t WHERE t.geom IS NOT NULL
