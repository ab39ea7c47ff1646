-- Facilities that are thought of only, as rows of their class that nobody stored.
CREATE TEMP TABLE $added ON COMMIT DROP AS
SELECT r.* FROM jsonb_populate_recordset(CAST(NULL AS asset), CAST(:rows AS jsonb)) r
