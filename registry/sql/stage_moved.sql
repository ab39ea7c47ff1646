-- Rows of which the source says something new and that others changed since it spoke last, with the version that it
-- spoke of (base; null: not known), rows of which a contradiction is still open, and rows that it has come to agree
-- with: of the fields that it leaves out this time it said something, too. What is written in the name of a
-- source is by a batch of it; an undo gives back what it had written before.
CREATE TEMP TABLE $moved ON COMMIT DROP AS
WITH moved AS (
    SELECT d.row_no, d.id, n.said, n.unsettled, n.version
    FROM $diff d
    JOIN $table a ON a.$discriminator = $key AND a.city = :city AND a.id = d.id
    LEFT JOIN batch b ON b.id = a.batch
    LEFT JOIN told n ON n.id = d.id AND n.source = CAST(:source AS text)
    WHERE d.verdict = 'changed' AND (n.said IS NOT NULL OR a.source IS DISTINCT FROM CAST(:source AS text)
                                     OR b.source IS DISTINCT FROM a.source AND b.kind IS DISTINCT FROM 'undo')
       OR d.verdict = 'kept' AND n.unsettled IS NOT NULL
       OR d.verdict = 'same' AND NOT d.said AND n.id IS NOT NULL
), based AS (
    SELECT m.row_no, max(x.version) AS version
    FROM moved m JOIN $versions x ON x.id = m.id LEFT JOIN batch w ON w.id = x.batch
    WHERE (x.version = m.version OR x.source = CAST(:source AS text) AND (w.source = x.source OR w.kind = 'undo'))
      -- What was undone counts as never said.
      AND NOT EXISTS (SELECT FROM ${table}_history e JOIN batch u ON u.id = e.end_batch AND u.kind = 'undo'
                      WHERE e.id = x.id AND e.version = x.version AND u.mapping -> 'undoes' = to_jsonb(e.batch))
    GROUP BY m.row_no
)
SELECT m.row_no, m.id, coalesce(m.said, '{}'::jsonb) AS said, coalesce(m.unsettled, '{}'::text[]) AS unsettled,
       v.version AS base
FROM moved m LEFT JOIN based v USING (row_no)
