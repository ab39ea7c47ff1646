-- What the newest inspection of one form says of the row `a`, of those that say it; null where none does.
(SELECT $what FROM inspection i
 WHERE i.asset_id = a.id AND i.form = '$form' AND i.inspected_on <= CAST(«today» AS date) AND $said
   AND (CAST(«as_of» AS timestamptz) IS NULL OR (SELECT b.at FROM batch b WHERE b.id = i.batch) <= CAST(«as_of» AS timestamptz))
   AND NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = i.id
                   AND (CAST(«as_of» AS timestamptz) IS NULL
                        OR (SELECT b.at FROM batch b WHERE b.id = c.batch) <= CAST(«as_of» AS timestamptz)))
 ORDER BY i.inspected_on DESC, i.id DESC LIMIT 1)
