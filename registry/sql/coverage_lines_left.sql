-- Length of the lines that stand and are not of the kind that an edition means: of another one, or nobody said of which.
SELECT CASE WHEN $unknown THEN 'kind_unknown' ELSE 'other_kind' END AS reason, sum(ST_Length(ST_Transform(a.geom, :srid))) AS length_m
FROM $assets a
WHERE a.class = :class AND a.city = :city AND ($reason) IS NULL AND a.geom IS NOT NULL AND NOT ($meant)
GROUP BY 1 ORDER BY 1
