-- The districts of today, fine enough for a drawing (about 20 m).
SELECT z.name, ST_AsBinary(ST_SimplifyPreserveTopology(z.geom, 0.0002)) AS geom FROM zone z
WHERE z.city = :city AND z.kind = 'district' AND z.edition = :edition AND z.geom IS NOT NULL ORDER BY z.code
