UNION ALL
(SELECT i.asset_id FROM inspection i WHERE i.city = :city AND i.batch >= :first
 AND i.batch + 0 = ANY(CAST(:since AS bigint[])) ORDER BY i.batch LIMIT :most)
