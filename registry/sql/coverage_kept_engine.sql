SELECT postgis_lib_version() AS postgis, postgis_geos_version() AS geos, split_part(postgis_proj_version(), ' ', 1) AS proj,
       now() AS as_of, (SELECT nullif(sum(c.area_m2), 0) FROM coverage_kept_cell c WHERE c.kept = f.id) AS served_m2,
       CAST(f.facts ->> 'drawn_m2' AS float8) AS drawn_m2, CAST(f.facts ->> 'drawn' AS bigint) AS drawn,
       CAST(f.facts ->> 'repaired' AS bigint) AS repaired, CAST(f.facts ->> 'disjoint_m2' AS float8) AS disjoint_m2
FROM coverage_kept f WHERE f.id = :kept
