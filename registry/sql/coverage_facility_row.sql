-- Every row of the facility class, with the reason why it does not serve (null: it does).
-- Points and lines may serve as well as polygons; of a repaired mixture the highest dimension stays.
-- fits: bit n is set where the row has what tier n asks of its fields. error_m: how well its place is known.
CREATE TEMP TABLE $row ON COMMIT DROP AS
SELECT a.id, a.name, a.row_hash AS digest, $thing AS thing, g.geom, CAST($fits AS bigint) AS fits, $error AS error_m,
       CASE WHEN $reason IS NOT NULL THEN $reason
            WHEN g.geom IS NULL OR ST_IsEmpty(g.geom) THEN 'no_geometry' END AS reason
FROM $assets a
CROSS JOIN LATERAL (
    SELECT ST_CollectionExtract(ST_MakeValid(ST_Transform(a.geom, :srid))) AS geom OFFSET 0) g
WHERE a.class = :class AND a.city = :city
ORDER BY a.id
