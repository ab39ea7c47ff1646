(EXISTS (SELECT FROM zone z WHERE z.city = :city AND z.batch = ANY((SELECT ids FROM since)::bigint[]))
 OR EXISTS (SELECT FROM zone_history z WHERE z.city = :city AND z.end_batch = ANY((SELECT ids FROM since)::bigint[])))
