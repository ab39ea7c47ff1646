-- Drains by their index, the highest first. Indices are told apart in whole millionths, so that a page ends where the next begins.
SELECT f.* FROM (
    SELECT a.id, a.class, a.code, $columns, a.district, a.length_m, CAST(round(CAST($index AS numeric) * 1000000) AS bigint) AS millionths,
           $index AS index, $other AS other, a.scores ->> '$condition' AS condition, $day AS inspected_on, a.standard,
           ST_AsGeoJSON(a.geom, 9, 0) AS geometry
    FROM $assets a
    WHERE a.class = :class AND a.city = :city AND NOT $out AND $index > :above AND (CAST(:district AS text) IS NULL OR a.district = :district)
) f
WHERE CAST(:after AS bigint) IS NULL OR f.millionths < :millionths OR (f.millionths = :millionths AND f.id > :after)
ORDER BY f.millionths DESC, f.id
LIMIT :limit
