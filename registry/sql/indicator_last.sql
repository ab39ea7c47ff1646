(SELECT max(i.inspected_on) FROM inspection i
 WHERE i.asset_id = a.id AND i.inspected_on <= CAST(«today» AS date) AND $said
   AND i.from_m IS NULL AND i.to_m IS NULL AND i.area_m2 IS NULL
   AND (CAST(«as_of» AS timestamptz) IS NULL OR (SELECT b.at FROM batch b WHERE b.id = i.batch) <= CAST(«as_of» AS timestamptz))
   AND NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = i.id
                   AND (CAST(«as_of» AS timestamptz) IS NULL
                        OR (SELECT b.at FROM batch b WHERE b.id = c.batch) <= CAST(«as_of» AS timestamptz))))
