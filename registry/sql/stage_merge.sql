-- The moved rows anew: fields that keep what the row has are staged as if the source had said that.
WITH kept AS (
    SELECT row_no, array_agg(field) FILTER (WHERE decision <> 'unsaid') AS fields,
           jsonb_object_agg(field, CASE decision WHEN 'unsaid' THEN said ELSE says END) AS says,
           array_agg(field ORDER BY field) FILTER (WHERE decision = 'conflict' OR decision = 'unsaid' AND unsettled) AS unsettled
    FROM $merge WHERE decision <> 'conflict' OR NOT :take_file GROUP BY row_no
), merged AS (
    SELECT s.row_no, k.fields, k.says, k.unsettled$values
    FROM $moved m JOIN $stage s USING (row_no) LEFT JOIN kept k USING (row_no)
    JOIN $table a ON a.$discriminator = $key AND a.city = :city AND a.id = m.id
), gone AS (
    DELETE FROM $diff d USING $moved m WHERE d.row_no = m.row_no
    RETURNING d.row_no, d.id, d.source_hash, d.said
)
INSERT INTO $diff (row_no, id, old_version, $columns, source_hash$claim_names, old_source, old_hash, said, says,
                   unsettled, verdict)
SELECT s.row_no, a.id, a.version, t.*, o.source_hash$claim, a.source, a.source_hash, o.said, s.says, s.unsettled,
       CASE WHEN ($new) IS DISTINCT FROM ($old) THEN 'changed' WHEN s.fields IS NULL THEN 'same' ELSE 'kept' END
FROM merged s
JOIN gone o USING (row_no)
JOIN $table a ON a.$discriminator = $key AND a.city = :city AND a.id = o.id
$placing
CROSS JOIN LATERAL (SELECT $target OFFSET 0) t
