-- Contradictions, each with the batch that made what the row has now.
SELECT c.row_no, c.id, a.code, c.field, c.said, c.says, c.has, b.id AS batch, b.actor, b.at, b.reason
FROM (SELECT * FROM $merge WHERE decision = 'conflict' ORDER BY row_no, field LIMIT :limit) c
JOIN $table a ON a.$discriminator = $key AND a.city = :city AND a.id = c.id
LEFT JOIN LATERAL (
    SELECT w.batch FROM (
        SELECT z.version, z.batch, z.value IS DISTINCT FROM lag(z.value) OVER (ORDER BY z.version) AS made
        FROM (SELECT v.version, v.batch, CASE c.field $cases END AS value FROM $versions v WHERE v.id = c.id) z) w
    WHERE w.made ORDER BY w.version DESC LIMIT 1) maker ON true
LEFT JOIN batch b ON b.id = maker.batch
ORDER BY c.row_no, c.field
