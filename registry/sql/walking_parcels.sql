SELECT l.id, ST_AsBinary(l.geom) AS shape FROM $land l ORDER BY l.id
