-- The parcels that the prints meet: those of the cells hit, and of the cells before them as far as parcels reach.
CREATE TEMP TABLE $land ON COMMIT DROP AS
SELECT DISTINCT ON (p.x, p.y, p.id) p.x, p.y, p.id, p.people_per_m2, p.area_m2, p.geom
FROM (SELECT DISTINCT h.x - i AS x, h.y - j AS y FROM $hit h, generate_series(0, :span) i, generate_series(0, :span) j) c
CROSS JOIN LATERAL (SELECT k.* FROM coverage_kept_parcel k WHERE k.kept = :kept AND k.x = c.x AND k.y = c.y OFFSET 0) p
JOIN $print t ON ST_Intersects(t.geom, p.geom)
