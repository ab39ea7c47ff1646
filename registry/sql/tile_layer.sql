-- One layer of a tile. What comes to nothing at this scale is left out.
$picked SELECT ST_AsMVT(t, «layer», $extent, 'geom', 'id'), count(*), $of FROM ($drawn) t WHERE t.geom IS NOT NULL
