-- Parcels that no street reaches (unknown) and those from which no way leads to any facility, the largest first.
SELECT l.id, l.code, l.name, l.area_m2, CASE WHEN w.share IS NULL THEN 'no_access' ELSE 'unreached' END AS why
FROM $land l JOIN $walk w USING (id)
WHERE w.share IS NULL OR w.nearest_m IS NULL
ORDER BY l.area_m2 DESC, l.id LIMIT :most
