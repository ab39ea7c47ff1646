-- What is known when all is built: the cells that the widest parcel reaches over, and the land that was left out.
UPDATE coverage_kept k
SET span = coalesce((SELECT max(greatest(floor(ST_XMax(p.geom) / $cell_m) - p.x, floor(ST_YMax(p.geom) / $cell_m) - p.y))
                     FROM coverage_kept_parcel p WHERE p.kept = k.id), 0),
    facts = jsonb_build_object('zones', CAST(:zones AS jsonb), 'drawn_m2', e.drawn_m2, 'drawn', e.drawn,
                               'repaired', e.repaired, 'disjoint_m2', e.disjoint_m2)
FROM (SELECT (SELECT coalesce(sum(area_m2), 0) FROM $drawn) AS drawn_m2, (SELECT count(*) FROM $drawn) AS drawn,
             (SELECT count(*) FROM $drawn WHERE repaired) AS repaired,
             (SELECT coalesce(sum(area_m2), 0) FROM $disjoint) AS disjoint_m2) e
WHERE k.id = :kept
