INSERT INTO coverage_kept_facility (kept, thing, tier, area_m2, geom)
SELECT :kept, f.thing, f.tier, f.area_m2, f.geom FROM $came f
