INSERT INTO $table ($discriminator, city, id, $columns, source, source_hash, row_hash, version, batch, sys_from)
SELECT $key, :city, nextval('feature_id_seq'), $values, 'api', NULL, $hash, 1, :batch, :at
FROM (SELECT $row) d
RETURNING id, version
