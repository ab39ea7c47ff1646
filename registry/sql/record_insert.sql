-- Records given as JSON objects whose keys are the columns of the table.
INSERT INTO $table (city, id, $columns, row_hash, batch$own)
SELECT :city, d.id, $values, $hash, :batch$own_values
FROM jsonb_populate_recordset(CAST(NULL AS $table), CAST(:rows AS jsonb)) d
