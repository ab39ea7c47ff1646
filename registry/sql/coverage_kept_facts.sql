-- What is known when all is built: the cells that the widest parcel reaches over, and the land that was left out.
UPDATE coverage_kept k
SET span = coalesce((SELECT max(greatest(floor(ST_XMax(p.geom) / $cell_m) - p.x, floor(ST_YMax(p.geom) / $cell_m) - p.y))
                     FROM coverage_kept_parcel p WHERE p.kept = k.id), 0),
    facts = CAST(:facts AS jsonb)
WHERE k.id = :kept
