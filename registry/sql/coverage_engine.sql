SELECT postgis_lib_version() AS postgis, postgis_geos_version() AS geos, split_part(postgis_proj_version(), ' ', 1) AS proj,
       now() AS as_of, (SELECT ST_Area(geom) FROM $served) AS served_m2,
       (SELECT coalesce(sum(area_m2), 0) FROM $drawn) AS drawn_m2, (SELECT count(*) FROM $drawn) AS drawn,
       (SELECT count(*) FROM $drawn WHERE repaired) AS repaired,
       (SELECT coalesce(sum(area_m2), 0) FROM $disjoint) AS disjoint_m2
