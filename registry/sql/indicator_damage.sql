(SELECT $what FROM (
    SELECT i.measurements AS m FROM inspection i
    WHERE i.asset_id = a.id AND i.inspected_on <= CAST(«today» AS date) AND jsonb_typeof(i.measurements -> $facility) = 'number'
      AND (CAST(«as_of» AS timestamptz) IS NULL OR (SELECT b.at FROM batch b WHERE b.id = i.batch) <= CAST(«as_of» AS timestamptz))
      AND NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = i.id
                      AND (CAST(«as_of» AS timestamptz) IS NULL
                           OR (SELECT b.at FROM batch b WHERE b.id = c.batch) <= CAST(«as_of» AS timestamptz)))
    ORDER BY i.inspected_on DESC, i.id DESC LIMIT 1) n)
