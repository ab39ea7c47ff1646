-- All that is kept of a city for a day, and whether anything that it may count has changed since: class by class, not statement by
-- statement. Ordered, or a planner to whom one load is the whole table would read all of it.
WITH kept AS MATERIALIZED (
    SELECT t.class, t.statement, t.at, t.rows
    FROM tally t JOIN batch b ON b.id = t.batch AND b.city = t.city AND b.at = t.at AND b.hash = t.hash
    WHERE t.city = :city AND t.day = :day
), since AS MATERIALIZED (
    SELECT k.class, k.at, s.ids, s.first
    FROM (SELECT DISTINCT class, at FROM kept) k
    CROSS JOIN LATERAL (SELECT array_agg(b.id ORDER BY b.id) AS ids, min(b.id) AS first FROM batch b WHERE b.city = :city AND b.at > k.at) s
), changes AS MATERIALIZED (
    SELECT s.class, s.at, s.ids, s.ids IS NOT NULL AND (
        (SELECT a.id FROM asset a WHERE a.class = s.class AND a.city = :city AND a.batch >= s.first AND a.batch + 0 = ANY(s.ids)
         ORDER BY a.batch LIMIT 1) IS NOT NULL
        OR (SELECT h.id FROM asset_history h WHERE h.class = s.class AND h.city = :city AND h.end_batch >= s.first
            AND h.end_batch + 0 = ANY(s.ids) ORDER BY h.end_batch LIMIT 1) IS NOT NULL) AS assets,
        s.ids IS NOT NULL AND (SELECT i.id FROM inspection i WHERE i.city = :city AND i.batch >= s.first AND i.batch + 0 = ANY(s.ids)
                               ORDER BY i.batch LIMIT 1) IS NOT NULL AS inspections
    FROM since s
)
SELECT k.statement, k.at, k.rows, c.ids AS since, c.assets, c.inspections FROM kept k JOIN changes c USING (class, at)
