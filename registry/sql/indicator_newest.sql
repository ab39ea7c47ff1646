-- What the newest inspection of one form says, by asset, of those that say it.
(SELECT DISTINCT ON (i.asset_id) i.asset_id, i.inspected_on, $what
 FROM inspection i
 WHERE i.form = '$form' AND $said AND i.inspected_on <= CAST(«today» AS date) AND $of
   AND (CAST(«as_of» AS timestamptz) IS NULL OR (SELECT b.at FROM batch b WHERE b.id = i.batch) <= CAST(«as_of» AS timestamptz))
   AND NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = i.id
                   AND (CAST(«as_of» AS timestamptz) IS NULL
                        OR (SELECT b.at FROM batch b WHERE b.id = c.batch) <= CAST(«as_of» AS timestamptz)))
 ORDER BY i.asset_id, i.inspected_on DESC, i.id DESC)
