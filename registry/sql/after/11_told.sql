-- What a batch changed of what the sources said last, so that the undo of the batch can say it again.
CREATE OR REPLACE FUNCTION registry_keep_told() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE current bigint := registry_current_batch();
BEGIN
  IF current IS NULL THEN RETURN NULL; END IF;      -- nothing was written, so there is nothing to undo
  IF TG_OP = 'INSERT' THEN
    INSERT INTO told_past (batch, id, source, was, became) SELECT current, n.id, n.source, NULL, n.hash FROM new_rows n
    ON CONFLICT (batch, id, source) DO UPDATE SET became = excluded.became;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO told_past (batch, id, source, was, version, said, unsettled, became)
    SELECT current, n.id, n.source, o.hash, o.version, o.said, o.unsettled, n.hash FROM new_rows n JOIN old_rows o USING (id, source)
    ON CONFLICT (batch, id, source) DO UPDATE SET became = excluded.became;
  ELSE
    INSERT INTO told_past (batch, id, source, was, version, said, unsettled, became)
    SELECT current, o.id, o.source, o.hash, o.version, o.said, o.unsettled, NULL FROM old_rows o
    ON CONFLICT (batch, id, source) DO UPDATE SET became = NULL;
  END IF;
  RETURN NULL;
END $$;

DO $$
BEGIN
  DROP TRIGGER IF EXISTS keep_told_insert ON told;
  DROP TRIGGER IF EXISTS keep_told_update ON told;
  DROP TRIGGER IF EXISTS keep_told_delete ON told;
  CREATE TRIGGER keep_told_insert AFTER INSERT ON told REFERENCING NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry_keep_told();
  CREATE TRIGGER keep_told_update AFTER UPDATE ON told REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry_keep_told();
  CREATE TRIGGER keep_told_delete AFTER DELETE ON told REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry_keep_told();
END $$;
