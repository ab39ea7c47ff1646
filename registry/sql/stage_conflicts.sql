-- Contradictions, each with the batch that made what the row has now: the last one after which the value was another.
WITH conflict AS (
    SELECT * FROM $merge WHERE decision = 'conflict' ORDER BY row_no, field LIMIT :limit
), valued AS (
    SELECT c.row_no, c.field, v.version, v.batch, CASE c.field $cases END AS value
    FROM conflict c JOIN $versions v ON v.id = c.id
), turned AS (
    SELECT row_no, field, version, batch,
           value IS DISTINCT FROM lag(value) OVER (PARTITION BY row_no, field ORDER BY version) AS made
    FROM valued
), maker AS (
    SELECT DISTINCT ON (row_no, field) row_no, field, batch FROM turned WHERE made ORDER BY row_no, field, version DESC
)
SELECT c.row_no, c.id, a.code, c.field, c.said, c.says, c.has, b.id AS batch, b.actor, b.at, b.reason
FROM conflict c
JOIN $table a ON a.$discriminator = $key AND a.city = :city AND a.id = c.id
LEFT JOIN maker m ON m.row_no = c.row_no AND m.field = c.field
LEFT JOIN batch b ON b.id = m.batch
ORDER BY c.row_no, c.field
