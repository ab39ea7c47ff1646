-- What a statement counts of the rows that changed since a moment: as they are, less what it counted of them then.
-- One statement, so that whatever is written meanwhile is in all of it or in none; it says itself which batches it sees, for
-- the ids are of those that were seen before. At least one row, which says too whether anything beside the assets is another by now.
SELECT s.since, s.moved, d.key, d.verdict, d.count, d.measure, d.part
FROM (SELECT ($since) AS since, $moved AS moved) s LEFT JOIN (
    SELECT key, verdict, sum(count) AS count, sum(measure) AS measure, sum(part) AS part
    FROM (SELECT * FROM ($now) n UNION ALL SELECT key, verdict, -count, -measure, -part FROM ($before) b) x
    GROUP BY 1, 2) d ON true
