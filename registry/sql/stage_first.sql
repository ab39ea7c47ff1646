-- Rows of a class of which the city has none: each is new, and goes from the stage to its place, worked out once.
-- The ids were given out as the stage was filled, or are while it is scanned in that order: they follow the rows of the file.
-- OFFSET 0 keeps the planner from working out an expression twice; that `a` is null it knows, and leaves out.
$make
SELECT $row
FROM (
    SELECT $id AS id, sha256(convert_to($said, 'UTF8') || $said_geom) AS source_hash, $target
    FROM $stage s
    CROSS JOIN (SELECT (CAST(NULL AS $kind_table)).*) a
    $placing
    OFFSET 0) d
