-- Land, people and what of them is served on foot (frontage-weighted) and by the straight line; `known` has an access.
SELECT count(*) AS parcels, coalesce(sum(l.area_m2), 0) AS area_m2, coalesce(sum(c.covered_m2), 0) AS straight_m2,
       coalesce(sum(l.area_m2) FILTER (WHERE w.share IS NOT NULL), 0) AS known_m2,
       coalesce(sum(c.covered_m2) FILTER (WHERE w.share IS NOT NULL), 0) AS straight_known_m2,
       coalesce(sum(l.area_m2 * w.share), 0) AS walking_m2,
       count(*) FILTER (WHERE w.share IS NULL) AS unknown_parcels,
       count(*) FILTER (WHERE w.share IS NOT NULL AND w.nearest_m IS NULL) AS unreached_parcels,
       coalesce(sum(l.area_m2) FILTER (WHERE w.share IS NOT NULL AND w.nearest_m IS NULL), 0) AS unreached_m2,
       sum(l.people_per_m2 * l.area_m2) AS people,
       sum(l.people_per_m2 * l.area_m2) FILTER (WHERE w.share IS NOT NULL) AS people_known,
       sum(l.people_per_m2 * l.area_m2 * w.share) AS people_walking, sum(l.people_per_m2 * c.covered_m2) AS people_straight,
       sum(l.people_per_m2 * c.covered_m2) FILTER (WHERE w.share IS NOT NULL) AS people_straight_known
FROM $land l JOIN $cover c USING (id) JOIN $walk w USING (id)
