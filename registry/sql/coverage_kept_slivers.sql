SELECT CAST(coalesce(sum(s.gaps), 0) AS bigint) AS gaps, CAST(coalesce(sum(s.slivers), 0) AS bigint) AS slivers,
       coalesce(sum(s.sliver_m2), 0) AS sliver_m2
FROM $sum s WHERE s.whole
