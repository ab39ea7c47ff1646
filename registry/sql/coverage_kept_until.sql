-- The first day after this one on which other zones may hold, as zones begin or end on it.
SELECT min(d.day) FROM zone z CROSS JOIN LATERAL (VALUES (z.valid_from), (z.valid_to)) d(day)
WHERE z.city = :city AND z.kind = ANY(CAST(:kinds AS text[])) AND d.day > :today
