-- The hash of a batch: over the hash before it, over what it wrote, and over who, when and why.
CREATE OR REPLACE FUNCTION registry_batch_hash(b batch, written bytea) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(coalesce(b.prev_hash, ''::bytea) || written || convert_to(concat_ws(',',
      'id=' || b.id, 'city=' || quote_literal(b.city),
      'at=' || to_char(b.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US'),
      'kind=' || b.kind, 'actor=' || quote_literal(b.actor), 'reason=' || quote_literal(b.reason),
      'source=' || quote_literal(b.source), 'sha256=' || b.source_sha256, 'mapping=' || b.mapping::text,
      'counts=' || b.counts::text, 'code_version=' || quote_literal(b.code_version)), 'UTF8')) $$;
