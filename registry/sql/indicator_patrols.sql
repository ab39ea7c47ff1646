-- The newest inspection of a form by asset that says something: what and when.
(SELECT DISTINCT ON (i.asset_id) i.asset_id, i.inspected_on, i.measurements ->> '$said' AS said
 FROM inspection i
 WHERE i.form = '$form' AND i.measurements ->> '$said' IS NOT NULL AND i.inspected_on <= CAST(«today» AS date)
   AND (CAST(«as_of» AS timestamptz) IS NULL OR (SELECT b.at FROM batch b WHERE b.id = i.batch) <= CAST(«as_of» AS timestamptz))
   AND NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = i.id
                   AND (CAST(«as_of» AS timestamptz) IS NULL
                        OR (SELECT b.at FROM batch b WHERE b.id = c.batch) <= CAST(«as_of» AS timestamptz)))
 ORDER BY i.asset_id, i.inspected_on DESC, i.id DESC)
