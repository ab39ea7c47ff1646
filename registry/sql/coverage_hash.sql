-- What a layer holds: SHA-256 over the SHA-256 of each row, by id: its id, what else it is judged by, its geometry (WKB, NDR).
SELECT encode(sha256(coalesce(string_agg(sha256(convert_to(r.id || '|' || $facts || '|', 'UTF8')
                                                || ST_AsBinary(r.geom, 'NDR')), CAST('' AS bytea) ORDER BY r.id), CAST('' AS bytea))), 'hex')
FROM $layer r WHERE r.geom IS NOT NULL AND $meant
