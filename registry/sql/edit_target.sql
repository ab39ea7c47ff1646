-- The row that an edit makes of the live one (or of none), and whether it is another one.
WITH s AS (SELECT $told), a AS (
    SELECT * FROM $table WHERE $discriminator = $key AND city = :city AND id = CAST(:id AS bigint)
)$zones
SELECT $shown, ($new) IS DISTINCT FROM ($old) AS differs$claim
FROM s LEFT JOIN a ON true
$placing
CROSS JOIN LATERAL (SELECT $target OFFSET 0) t
