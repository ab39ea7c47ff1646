SELECT postgis_lib_version() AS postgis, postgis_geos_version() AS geos, split_part(postgis_proj_version(), ' ', 1) AS proj,
       now() AS as_of
