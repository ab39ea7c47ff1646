-- Drains by level of the index (none: nobody computed one), with their length.
SELECT CASE WHEN $index IS NOT NULL THEN $level END AS level, count(*) AS count, sum(a.length_m) AS length_m, count(*) FILTER (WHERE a.length_m IS NULL) AS unmeasured
FROM $assets a
WHERE a.class = :class AND a.city = :city AND NOT $out AND (CAST(:district AS text) IS NULL OR a.district = :district)
GROUP BY 1
