-- Assets whose inspection is overdue, or of which nobody can say whether it is.
SELECT * FROM ($found) f
WHERE (CAST(:after AS bigint) IS NULL OR f.id > CAST(:after AS bigint))
ORDER BY f.id
LIMIT :limit
