SELECT ST_AsBinary(l.geom) AS geom, coalesce(l.people_per_m2, 0) AS people_per_m2 FROM $land l ORDER BY l.id
