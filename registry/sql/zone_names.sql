-- What a file may call a division (its code or its name) → its code.
CREATE TEMP TABLE zone_name ON COMMIT DROP AS
SELECT DISTINCT ON (kind, said) kind, said, code, geom FROM (
    SELECT z.kind, z.code AS said, 1 AS rank, z.code, z.geom FROM zone z
    WHERE z.city = :city AND z.kind IN ('district', 'unit_grid') AND z.code IS NOT NULL
    UNION ALL
    SELECT z.kind, z.name, 2, z.code, z.geom FROM zone z
    WHERE z.city = :city AND z.kind IN ('district', 'unit_grid') AND z.code IS NOT NULL AND z.name IS NOT NULL
) names ORDER BY kind, said, rank, code
