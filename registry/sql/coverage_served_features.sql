SELECT convert_to('{"type":"Feature","id":' || row_number() OVER (ORDER BY d.path) || ',"geometry":' ||
                  ST_AsGeoJSON(ST_Transform(ST_ForcePolygonCCW(d.geom), $stored), $digits, 0) ||
                  ',"properties":{"area_m2":' || ST_Area(d.geom) || '}}', 'UTF8') AS feature
FROM $served s CROSS JOIN LATERAL ST_Dump(s.geom) d
ORDER BY d.path
