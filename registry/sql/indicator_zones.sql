-- What a ratio is over: area and people of the zones of one edition, as a whole or by the divisions that they lie in.
-- A zone across two divisions is shared by area; people stay where a point of their zone lies.
SELECT $key AS key, count(*) AS zones, coalesce(sum(z.area_m2 * $within), 0) AS area,
       sum(z.population) FILTER (WHERE $lives) AS people, count(*) FILTER (WHERE z.population IS NULL) AS silent,
       coalesce(sum(z.area_m2 * $covered), 0) AS covered
FROM $zones z $beside
WHERE z.kind = :kind AND z.city = :city AND z.edition = :edition AND $inside
  AND (z.valid_from IS NULL OR z.valid_from <= :today) AND (z.valid_to IS NULL OR z.valid_to > :today)
GROUP BY 1
