-- What every batch wrote; the sealing and the audit both read it here.
DO $$
DECLARE
  t record;
  parts text[] := '{}';
BEGIN
  FOR t IN SELECT name, name || '_history' AS history, versioned FROM registry_tables() LOOP
    parts := parts || format('SELECT city, batch, id, %s AS version, row_hash, false AS past FROM %I',
                             CASE WHEN t.versioned THEN 'version' ELSE '1' END, t.name);
    IF t.versioned THEN
      parts := parts || format('SELECT city, batch, id, version, row_hash, true FROM %I', t.history)
                     || format($q$SELECT city, end_batch, id, -version, row_hash, false FROM %I WHERE op = 'D'$q$, t.history);
    END IF;
  END LOOP;
  DROP VIEW IF EXISTS registry_written;
  EXECUTE 'CREATE VIEW registry_written AS ' || array_to_string(parts, ' UNION ALL ');
END $$;
COMMENT ON VIEW registry_written IS 'Each version with the batch that wrote it; a deletion is minus its version. '
  'past: superseded by a later batch, so that the sealing of an open batch need not look there';

-- The hash of a batch: over the hash before it, over what it wrote, and over who, when and why.
CREATE OR REPLACE FUNCTION registry_batch_hash(b batch, written bytea) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(coalesce(b.prev_hash, ''::bytea) || written || convert_to(concat_ws(',',
      'id=' || b.id, 'city=' || quote_literal(b.city),
      'at=' || to_char(b.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
      'kind=' || b.kind, 'actor=' || quote_literal(b.actor), 'reason=' || quote_literal(b.reason),
      'source=' || quote_literal(b.source), 'sha256=' || b.source_sha256, 'mapping=' || b.mapping::text,
      'counts=' || b.counts::text, 'code_version=' || quote_literal(b.code_version)), 'UTF8')) $$;

-- One version among what a batch wrote; the same bytes for the sealing and for the audit.
CREATE OR REPLACE FUNCTION registry_leaf(id bigint, version integer, row_hash bytea) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$ SELECT int8send(id) || int4send(version) || row_hash $$;

-- Close a batch with a hash over (id, version, row_hash) of all that it wrote or ended, in id order, in two
-- levels so that ten million rows do not have to fit one string. Without counts of the caller they are counted.
CREATE OR REPLACE FUNCTION registry_seal_batch(sealed bigint, told jsonb) RETURNS bytea LANGUAGE plpgsql AS $$
DECLARE
  b batch;
  wrote bytea;
  counted jsonb;
BEGIN
  WITH leaves AS (
    SELECT sha256(string_agg(registry_leaf(w.id, w.version, w.row_hash), ''::bytea
                             ORDER BY w.id, w.version, w.row_hash)) AS hash,
           w.id / 65536 AS part, count(*) FILTER (WHERE w.version = 1) AS new,
           count(*) FILTER (WHERE w.version > 1) AS changed, count(*) FILTER (WHERE w.version < 0) AS deleted
    FROM registry_written w WHERE w.batch = sealed AND NOT w.past GROUP BY part
  )
  SELECT coalesce(sha256(string_agg(hash, ''::bytea ORDER BY part)), ''::bytea),
         jsonb_build_object('new', coalesce(sum(new), 0), 'changed', coalesce(sum(changed), 0),
                            'deleted', coalesce(sum(deleted), 0))
  INTO wrote, counted FROM leaves;
  SELECT * INTO b FROM batch WHERE id = sealed;
  b.counts := coalesce(told, counted);
  b.hash := registry_batch_hash(b, wrote);
  UPDATE batch SET counts = b.counts, hash = b.hash WHERE id = sealed;
  RETURN b.hash;
END $$;
