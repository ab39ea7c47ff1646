-- Divisions that place assets, cut into small pieces so that a point looks at few vertices.
-- The newest edition of each kind counts.
CREATE TEMP TABLE zone_piece ON COMMIT DROP AS
WITH current AS (
    SELECT z.kind, z.code, z.geom FROM zone z
    WHERE z.city = :city AND z.kind IN ('district', 'unit_grid') AND z.geom IS NOT NULL AND z.code IS NOT NULL
      AND z.edition = (SELECT max(e.edition) FROM zone e WHERE e.city = z.city AND e.kind = z.kind)
)
SELECT kind, code, ST_Subdivide(ST_MakeValid(geom), 128) AS geom FROM current
