INSERT INTO coverage_kept_cell (kept, x, y, area_m2, geom)
SELECT :kept, h.x, h.y, h.area_m2, h.geom FROM $hit h WHERE NOT ST_IsEmpty(h.geom)
