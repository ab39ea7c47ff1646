-- The polygons of one edition of a kind of zone, valid and in the working CRS; transformed once and looked at once (OFFSET 0).
CREATE TEMP TABLE $table ON COMMIT DROP AS
SELECT g.id, g.code, g.name, g.population, g.geom, ST_Area(g.geom) AS area_m2, NOT g.valid AS repaired
FROM (
    SELECT m.id, m.code, m.name, m.population, m.valid,
           CASE WHEN m.valid THEN m.shape ELSE ST_CollectionExtract(ST_MakeValid(m.shape), 3) END AS geom
    FROM (
        SELECT s.*, ST_IsValid(s.shape) AS valid
        FROM (
            SELECT z.id, coalesce(z.code, z.id::text) AS code, z.name, z.population, ST_Transform(z.geom, :srid) AS shape
            FROM $zones z
            WHERE z.city = :city AND z.kind = :kind AND z.edition = :edition AND z.geom IS NOT NULL
              AND (z.valid_from IS NULL OR z.valid_from <= :on) AND (z.valid_to IS NULL OR z.valid_to > :on)
            OFFSET 0
        ) s OFFSET 0
    ) m OFFSET 0
) g
WHERE NOT ST_IsEmpty(g.geom)
ORDER BY g.id
