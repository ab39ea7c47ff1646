-- Rows whose business key stood earlier in the same file leave the stage; the first one stays. Told are the first of
-- them, each with the count of all: a file may be nothing but duplicates.
WITH ranked AS (
    SELECT ctid AS place, row_no, $code AS code,
           first_value(row_no) OVER (PARTITION BY $keys ORDER BY row_no) AS first
    FROM $stage WHERE $code IS NOT NULL
), gone AS (
    DELETE FROM $stage s USING ranked r
    WHERE s.ctid = r.place AND r.row_no > r.first
    RETURNING r.row_no, r.code, r.first
)
SELECT row_no, code, first, count(*) OVER () AS n FROM gone ORDER BY row_no LIMIT :limit
