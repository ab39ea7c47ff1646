INSERT INTO $table ($discriminator, city, id, $columns, source, source_hash, row_hash, version, batch, sys_from)
SELECT $key, :city, nextval('feature_id_seq'), $values, :source, d.source_hash, $hash, 1, :batch, :at
FROM (SELECT * FROM $diff WHERE verdict = 'new' ORDER BY row_no) d
