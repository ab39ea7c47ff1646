-- Codes of a file that may be mistyped, each with the row or the live asset that has the code which was meant.
SELECT o.row_no, o.code, coalesce(s.code, a.code) AS other, s.row_no AS other_row
FROM unnest(CAST(:rows AS bigint[]), CAST(:codes AS text[]), CAST(:meant AS text[])) AS o (row_no, code, meant)
LEFT JOIN LATERAL (
    SELECT $code AS code, row_no FROM $stage s WHERE $code = o.meant AND s.row_no <> o.row_no ORDER BY row_no LIMIT 1) s ON true
LEFT JOIN LATERAL (
    SELECT a.code FROM $table a WHERE a.$discriminator = $key AND a.city = :city AND a.code = o.meant LIMIT 1) a ON s.code IS NULL
WHERE s.code IS NOT NULL OR a.code IS NOT NULL
ORDER BY o.row_no
