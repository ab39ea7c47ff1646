-- Blind spots and the slivers too small to be one: rounding where edges nearly meet, not land.
SELECT count(*) FILTER (WHERE s.area_m2 >= :sliver_m2) AS gaps, count(*) FILTER (WHERE s.area_m2 < :sliver_m2) AS slivers,
       coalesce(sum(s.area_m2) FILTER (WHERE s.area_m2 < :sliver_m2), 0) AS sliver_m2
FROM (SELECT $measure((ST_Dump(c.gap)).geom) AS area_m2 FROM $cover c WHERE c.gap IS NOT NULL) s
