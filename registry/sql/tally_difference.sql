-- What a statement counts of the rows that changed since a moment: as they are, less what it counted of them then.
-- One statement, so that whatever is written meanwhile is in all of it or in none. At least one row, which says how
-- many changed, and whether anything beside the assets is another by now.
WITH since AS MATERIALIZED (
    SELECT array_agg(b.id) AS ids, min(b.id) AS first FROM batch b WHERE b.city = :city AND b.at > :kept_at
), changed AS MATERIALIZED (
    SELECT c.id FROM ($changed) c
)
SELECT s.changed, s.moved, d.key, d.verdict, d.count, d.measure, d.part
FROM (SELECT (SELECT count(*) FROM changed) AS changed, $moved AS moved) s LEFT JOIN (
    SELECT key, verdict, sum(count) AS count, sum(measure) AS measure, sum(part) AS part
    FROM (SELECT * FROM ($now) n UNION ALL SELECT key, verdict, -count, -measure, -part FROM ($before) b) x
    GROUP BY 1, 2) d ON true
