-- The rows of one verdict, as they are (a) or as they would be (d).
SELECT d.row_no, d.id, coalesce(d.old_version, 0) AS version, concat_ws(',', $changed) AS changed, $fields,
       ST_AsBinary($side.geom) AS geom
FROM $diff d LEFT JOIN $table a ON a.$discriminator = $key AND a.city = :city AND a.id = d.id
WHERE d.verdict = :verdict ORDER BY d.row_no, d.id
