-- The districts of today, coarse enough for a drawing (about 100 m).
SELECT z.name, ST_AsBinary(ST_SimplifyPreserveTopology(z.geom, 0.001)) AS geom FROM zone z
WHERE z.city = :city AND z.kind = 'district' AND z.edition = :edition AND z.geom IS NOT NULL ORDER BY z.code
