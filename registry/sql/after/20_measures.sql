-- Length and area on the ellipsoid of CGCS2000; never from degrees and never from EPSG:3857.

CREATE OR REPLACE FUNCTION registry_length_m(g geometry) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN ST_Dimension(g) = 1 THEN ST_Length(g::geography) END $$;

CREATE OR REPLACE FUNCTION registry_area_m2(g geometry) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN ST_Dimension(g) = 2 THEN ST_Area(g::geography) END $$;
