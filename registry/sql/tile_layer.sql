-- One layer of a tile, and the state of what it is drawn from.
$picked SELECT made.*, $facts
FROM (SELECT ST_AsMVT(t, «layer», $extent, 'geom', 'id'), count(t.geom), $of FROM $drawn) made
LEFT JOIN layer l ON l.city = «city» AND l.key = $key
