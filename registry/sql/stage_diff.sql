-- One row for each staged row: the live row it means, the row it would become, and the verdict.
-- OFFSET 0 keeps the planner from working out an expression twice.
CREATE TEMP TABLE $diff ON COMMIT DROP AS
WITH hashed AS (
    SELECT s.*, sha256(convert_to($said, 'UTF8') || $said_geom) AS source_hash
    FROM $stage s
), numbered AS (
    SELECT s.*$nth FROM hashed s
)
SELECT s.row_no, a.id, a.version AS old_version, t.*, s.source_hash$claim,
       CASE WHEN a.id IS NULL AND t.geom IS NULL THEN 'lost'
            WHEN a.id IS NULL THEN 'new'
            WHEN a.source = CAST(:source AS text) AND a.source_hash = s.source_hash
              OR a.told->>CAST(:source AS text) = encode(s.source_hash, 'hex') THEN 'same'
            WHEN ($new) IS DISTINCT FROM ($old) THEN 'changed'
            ELSE 'same' END AS verdict
FROM numbered s
LEFT JOIN $live a ON $match
$placing
CROSS JOIN LATERAL (SELECT $target OFFSET 0) t
