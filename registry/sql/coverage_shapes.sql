-- The shapes of a table of a run, as they are, for a picture.
SELECT ST_AsBinary(s.$column) AS shape FROM $table s WHERE s.$column IS NOT NULL AND NOT ST_IsEmpty(s.$column) AND $where
