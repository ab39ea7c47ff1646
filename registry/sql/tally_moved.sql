(EXISTS (SELECT FROM zone z WHERE z.city = :city AND z.batch = ANY(CAST(:since AS bigint[])))
 OR EXISTS (SELECT FROM zone_history z WHERE z.city = :city AND z.end_batch = ANY(CAST(:since AS bigint[]))))
