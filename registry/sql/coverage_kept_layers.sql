SELECT coalesce((SELECT sum(c.area_m2) FROM coverage_kept_cell c WHERE c.kept = f.id), 0) AS served_m2,
       CAST(f.facts ->> 'drawn_m2' AS float8) AS drawn_m2, CAST(f.facts ->> 'drawn' AS bigint) AS drawn,
       CAST(f.facts ->> 'repaired' AS bigint) AS repaired, CAST(f.facts ->> 'disjoint_m2' AS float8) AS disjoint_m2
FROM coverage_kept f WHERE f.id = :kept
