-- Length and area on the ellipsoid of CGCS2000; never from degrees and never from EPSG:3857.

CREATE OR REPLACE FUNCTION registry_length_m(g geometry) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN ST_Dimension(g) = 1 THEN ST_Length(g::geography) END $$;

CREATE OR REPLACE FUNCTION registry_area_m2(g geometry) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN ST_Dimension(g) = 2 THEN ST_Area(g::geography) END $$;

-- What a told geometry makes of the live one. Formats turn rings round and drop the Multi of a single part: that is
-- no change, and the live one stays. The direction of a line says where it flows, and counts.
CREATE OR REPLACE FUNCTION registry_geom(live geometry, told geometry) RETURNS geometry
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN told IS NULL THEN live
              WHEN live IS NULL OR live = told THEN told
              WHEN ST_Multi(live) = ST_Multi(told) THEN live
              WHEN ST_Dimension(live) = 2 AND ST_Normalize(ST_Multi(live)) = ST_Normalize(ST_Multi(told)) THEN live
              ELSE told END $$;
