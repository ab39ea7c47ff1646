INSERT INTO coverage_kept_row (kept, id, thing, digest, reason, area_m2)
SELECT :kept, r.id, r.thing, r.digest, r.reason, ST_Area(r.geom) FROM $row r
