-- Facilities that serve on one of two days only, or with another radius or area; those that may not be named have no id.
SELECT CASE WHEN o.id IS NULL THEN 'came' WHEN n.id IS NULL THEN 'went' ELSE 'changed' END AS what, k.id, k.code, k.name,
       o.radius_m AS radius_from_m, n.radius_m AS radius_to_m, o.area_m2 AS area_from_m2, n.area_m2 AS area_to_m2
FROM (SELECT * FROM $old WHERE tier IS NOT NULL) o
FULL JOIN (SELECT * FROM $new WHERE tier IS NOT NULL) n ON n.thing = o.thing
LEFT JOIN $known k ON k.class = :class AND k.city = :city AND k.id = coalesce(n.id, o.id)
WHERE o.id IS NULL OR n.id IS NULL OR o.radius_m <> n.radius_m OR abs(o.area_m2 - n.area_m2) > 0.01
ORDER BY 1, coalesce(n.id, o.id)
