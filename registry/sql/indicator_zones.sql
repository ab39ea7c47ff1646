-- What a ratio is over: area and people of the zones of one edition, as a whole or by the divisions that they lie in.
-- A zone across two divisions is shared by area; people stay where a point of their zone lies. What is said of a zone alone is
-- found once for it, however many divisions it meets, and only where it is asked for.
SELECT $key AS key, count(*) AS zones, coalesce(sum($area), 0) AS area,
       sum(z.population) FILTER (WHERE $lives) AS people, count(*) FILTER (WHERE z.population IS NULL) AS silent,
       coalesce(sum(z.area_m2 * $covered), 0) AS covered
FROM (
    SELECT z.geom, z.area_m2, z.population, ST_Area(z.geom::geography) AS drawn_m2, ST_PointOnSurface(z.geom) AS point
    FROM $zones z
    WHERE z.kind = :kind AND z.city = :city AND z.edition = :edition AND $only
      AND (z.valid_from IS NULL OR z.valid_from <= :today) AND (z.valid_to IS NULL OR z.valid_to > :today) OFFSET 0
) z $beside
WHERE $inside
GROUP BY 1
