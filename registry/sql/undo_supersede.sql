-- A fact stays: what a correction corrected is said again, anything else is taken back by one that says nothing.
INSERT INTO inspection (city, id, $columns, source, batch, row_hash)
SELECT :city, nextval('feature_id_seq'), $values, d.source, :batch, $hash
FROM (SELECT $again, p.source
      FROM undo_row u JOIN inspection i ON i.id = u.id LEFT JOIN inspection p ON p.id = i.supersedes
      WHERE u.of_table = 'inspection' AND u.conflict IS NULL ORDER BY i.id) d
