-- Of each moved row the fields that are not simply taken: what the source said before, what it says, what the row has.
-- 'live': nothing new was said, somebody's change stays. 'conflict': both have moved, and not to the same.
-- 'unsaid': the source leaves the field out this time, and the row has something else than it said of it last.
CREATE TEMP TABLE $merge ON COMMIT DROP AS
SELECT * FROM (
    SELECT m.row_no, m.id, f.field, f.said, f.says, f.has, f.field = ANY(m.unsettled) AS unsettled,
           CASE WHEN NOT p.staged THEN CASE WHEN f.known AND f.said IS DISTINCT FROM f.has THEN 'unsaid' ELSE 'file' END
                WHEN f.says IS NOT DISTINCT FROM f.has THEN 'file'
                WHEN f.field = ANY(m.unsettled) AND f.says IS NOT DISTINCT FROM f.said THEN 'conflict'
                WHEN NOT f.known THEN 'file'
                WHEN f.says IS NOT DISTINCT FROM f.said THEN 'live'
                WHEN f.has IS NOT DISTINCT FROM f.said THEN 'file'
                ELSE 'conflict' END AS decision
    FROM $moved m
    JOIN $stage s USING (row_no)
    JOIN $table a ON a.$discriminator = $key AND a.city = :city AND a.id = m.id
    LEFT JOIN $versions v ON v.id = m.id AND v.version = m.base
    CROSS JOIN LATERAL ($fields) p (field, says, has, was, applies, staged)
    CROSS JOIN LATERAL (
        SELECT p.field, p.says, p.has, jsonb_exists(m.said, p.field) OR m.base IS NOT NULL AS known,
               CASE WHEN jsonb_exists(m.said, p.field) THEN nullif(m.said -> p.field, 'null'::jsonb)
                    ELSE p.was END AS said) f
    WHERE p.applies) decided
WHERE decision <> 'file'
