-- What stands already of facilities that a candidate would be a part of, each in one piece, and the tiers that it fits.
SELECT r.thing, ST_AsBinary(ST_Union(r.geom ORDER BY r.id)) AS shape, bit_or(r.fits) AS fits
FROM $row r WHERE r.reason IS NULL AND r.thing = ANY(CAST(:things AS text[]))
GROUP BY r.thing
