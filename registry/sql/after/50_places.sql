-- Where things lie: geometry as it is stored, divisions by position, measures.

-- The newest edition of a kind of zone valid on the day, by start of validity, then by name; as zone_edition.sql says it.
CREATE OR REPLACE FUNCTION registry_zone_edition(of_city text, of_kind text, day date) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT z.edition FROM zone z
  WHERE z.city = of_city AND z.kind = of_kind
    AND (z.valid_from IS NULL OR z.valid_from <= day) AND (z.valid_to IS NULL OR z.valid_to > day)
  GROUP BY z.edition
  ORDER BY max(z.valid_from) DESC NULLS LAST, z.edition DESC LIMIT 1 $$;

-- Code of the zone of today's edition in which a point on the thing lies.
CREATE OR REPLACE FUNCTION registry_zone_at(of_city text, of_kind text, g geometry) RETURNS text
LANGUAGE sql STABLE AS $$
  SELECT z.code FROM zone z
  WHERE z.city = of_city AND z.kind = of_kind AND z.code IS NOT NULL
    AND z.edition = (SELECT registry_zone_edition(of_city, of_kind, current_date))
    AND (z.valid_from IS NULL OR z.valid_from <= current_date) AND (z.valid_to IS NULL OR z.valid_to > current_date)
    AND ST_Intersects(z.geom, ST_PointOnSurface(g))
  ORDER BY z.code LIMIT 1 $$;

-- The district of an asset: the claimed one, by code or name, when it contains the asset, else by position; as it is
-- said where the city has no districts that could tell (as stage_placing.sql).
CREATE OR REPLACE FUNCTION registry_district_of(of_city text, claimed text, g geometry) RETURNS text
LANGUAGE plpgsql STABLE AS $$
DECLARE
  of_today text := registry_zone_edition(of_city, 'district', current_date);
  claim record;
  here text;
BEGIN
  IF NOT EXISTS (SELECT FROM zone z WHERE z.city = of_city AND z.kind = 'district' AND z.code IS NOT NULL
                 AND z.edition = of_today) THEN
    RETURN claimed;
  END IF;
  SELECT z.code, z.geom INTO claim FROM zone z
  WHERE z.city = of_city AND z.kind = 'district' AND z.code IS NOT NULL AND claimed IN (z.code, z.name)
    AND z.edition = of_today
  ORDER BY z.code = claimed DESC, z.code LIMIT 1;
  IF g IS NULL THEN RETURN claim.code; END IF;
  here := registry_zone_at(of_city, 'district', g);
  IF claim.code <> coalesce(here, '') AND ST_Covers(claim.geom, g) THEN here := claim.code; END IF;
  RETURN here;
END $$;

-- Degrees rounded to 1e-9: the nearest double of nine decimals, as the loader snaps. ST_SnapToGrid gives other
-- doubles and drops vertices. (Below 1e-8° PostGIS writes exponents and nothing is rounded: the Gulf of Guinea.)
CREATE OR REPLACE FUNCTION registry_snapped(g geometry) RETURNS geometry LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT ST_SetSRID(ST_GeomFromText(ST_AsText(g, 9)), ST_SRID(g)) $$;

-- A geometry as it is stored: EPSG:4490, x = longitude, 2D, snapped. Without an SRID it counts as EPSG:4490;
-- WGS 84 and CGCS2000 differ by decimetres at most and count as one. Types: point, line, polygon.
CREATE OR REPLACE FUNCTION registry_stored(said geometry, types text[], of_city text, worldwide boolean)
RETURNS geometry LANGUAGE plpgsql STABLE AS $$
DECLARE
  g geometry := ST_Force2D(said);
  family text;
BEGIN
  IF g IS NULL OR ST_IsEmpty(g) THEN
    PERFORM registry_refuse('没有图形', 'has no geometry');
  END IF;
  IF ST_HasArc(g) THEN g := ST_CurveToLine(g); END IF;
  IF GeometryType(g) = 'GEOMETRYCOLLECTION' THEN g := ST_CollectionHomogenize(g); END IF;
  family := CASE replace(GeometryType(g), 'MULTI', '') WHEN 'POINT' THEN 'point' WHEN 'LINESTRING' THEN 'line'
                                                        WHEN 'POLYGON' THEN 'polygon' ELSE GeometryType(g) END;
  IF family <> ALL (types) THEN
    PERFORM registry_refuse(format('图形是 %s，应为 %s', family, array_to_string(types, '、')),
                            format('geometry is %s, expected %s', family, array_to_string(types, ', ')));
  END IF;
  BEGIN
    g := registry_snapped(CASE WHEN ST_SRID(g) IN (0, 4490, 4326) THEN ST_SetSRID(g, 4490) ELSE ST_Transform(g, 4490) END);
  EXCEPTION WHEN OTHERS THEN
    PERFORM registry_refuse('坐标不可用：' || SQLERRM, 'coordinates cannot be used: ' || SQLERRM);
  END;
  IF (ST_XMin(g) >= -180 AND ST_XMax(g) <= 180 AND ST_YMin(g) >= -90 AND ST_YMax(g) <= 90
      AND NOT (family = 'point' AND ST_XMin(g) = 0 AND ST_YMin(g) = 0)) IS NOT TRUE THEN
    PERFORM registry_refuse('坐标不可用', 'coordinates cannot be used');
  END IF;
  IF NOT ST_IsValid(g) THEN
    PERFORM registry_refuse('图形无效：' || ST_IsValidReason(g), 'invalid geometry: ' || ST_IsValidReason(g));
  END IF;
  IF NOT worldwide AND EXISTS (SELECT FROM city WHERE key = of_city AND ST_Disjoint(extent, g)) THEN
    PERFORM registry_refuse('在城市范围之外', 'outside the city');
  END IF;
  RETURN g;
END $$;
