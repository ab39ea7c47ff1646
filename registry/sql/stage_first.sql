-- Rows of a class of which the city has none: each is new, and goes from the stage to its place, worked out once.
-- The stage is scanned in the order in which it was filled, hence ids follow the rows of the file.
-- OFFSET 0 keeps the planner from working out an expression twice; that `a` is null it knows, and leaves out.
INSERT INTO $table ($discriminator, city, id, $columns, source, source_hash, row_hash, version, batch, sys_from)
SELECT $key, :city, nextval('feature_id_seq'), $values, :source, d.source_hash, $hash, 1, :batch, :at
FROM (
    SELECT sha256(convert_to($said, 'UTF8') || $said_geom) AS source_hash, $target
    FROM $stage s
    CROSS JOIN (SELECT (CAST(NULL AS $kind_table)).*) a
    $placing
    OFFSET 0) d
