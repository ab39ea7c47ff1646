UNION ALL
(SELECT i.asset_id FROM inspection i WHERE i.city = :city AND i.batch >= (SELECT first FROM since)
 AND i.batch + 0 = ANY((SELECT ids FROM since)::bigint[]) ORDER BY i.batch LIMIT :most)
