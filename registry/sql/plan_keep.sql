-- What is to be written, and what is to be remembered of rows that stay. An ordinary table: an unlogged one would be
-- empty after a crash, with the plan still there.
CREATE TABLE $table AS
SELECT * FROM $diff
WHERE verdict IN ('new', 'changed', 'missing') OR verdict = 'same' AND NOT said OR verdict = 'kept' AND says IS NOT NULL
