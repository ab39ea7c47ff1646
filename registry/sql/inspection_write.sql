INSERT INTO inspection (city, id, $columns, source, batch, row_hash)
SELECT :city, nextval('feature_id_seq'), $values, :source, :batch, d.hash
FROM (SELECT * FROM $diff WHERE NOT known AND asset_id IS NOT NULL ORDER BY row_no) d
