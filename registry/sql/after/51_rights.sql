-- Who may come in directly: grants of tokens to roles of the database. `raise_wall` makes the policies that ask here.

-- The grant of this session, the newest that holds.
CREATE OR REPLACE FUNCTION registry_grant() RETURNS token LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT * FROM token WHERE db_user = session_user AND revoked_at IS NULL
     AND (expires_at IS NULL OR expires_at > clock_timestamp()) ORDER BY id DESC LIMIT 1 $$;

-- One part of its scope: null does not limit; without a grant it is empty, and nothing is inside.
CREATE OR REPLACE FUNCTION registry_scope(part text) RETURNS text[] LANGUAGE sql STABLE SECURITY DEFINER AS $$
  SELECT CASE WHEN (g.t).id IS NULL THEN '{}'
              WHEN part = 'city' THEN CASE WHEN (g.t).city IS NOT NULL THEN ARRAY[(g.t).city] END
              ELSE (SELECT array_agg(v) FROM jsonb_array_elements_text((g.t).scope -> part) v) END
  FROM (SELECT registry_grant() AS t) g $$;

-- Whose the registry is, by a function of it: a temporary table may be named like a table of ours.
CREATE OR REPLACE FUNCTION registry_is_owner() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN pg_has_role(session_user, (SELECT proowner FROM pg_proc WHERE oid = 'registry_in_scope'::regproc), 'USAGE');
END $$;

-- Asked with the row before and the row after of every direct edit.
CREATE OR REPLACE FUNCTION registry_may_write(a asset) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN registry_is_owner() OR (coalesce((registry_grant()).role = ANY (registry_writers()), false) AND registry_in_scope(a));
END $$;

-- Zones are the map that everything is told by: only whose scope has no limit but the city changes them.
CREATE OR REPLACE FUNCTION registry_may_write_zone(z zone) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
DECLARE g token := registry_grant();
BEGIN
  RETURN registry_is_owner() OR coalesce(g.role = ANY (registry_writers()) AND g.scope = '{}'
                                         AND (g.city IS NULL OR g.city = z.city), false);
END $$;

CREATE OR REPLACE FUNCTION registry_demand_right(a asset) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF registry_may_write(a) IS NOT TRUE THEN
    PERFORM registry_refuse(format('%s 无权写入 %s %s', session_user, a.class, coalesce(a.code, a.id::text, '')),
                            format('%s may not write %s %s', session_user, a.class, coalesce(a.code, a.id::text, '')),
                            '42501');
  END IF;
END $$;

CREATE OR REPLACE FUNCTION registry_demand_right(z zone) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF registry_may_write_zone(z) IS NOT TRUE THEN
    PERFORM registry_refuse(format('%s 无权写入 %s %s', session_user, z.kind, coalesce(z.code, z.id::text, '')),
                            format('%s may not write %s %s', session_user, z.kind, coalesce(z.code, z.id::text, '')),
                            '42501');
  END IF;
END $$;

-- What the roles of the database may touch, made anew whenever a grant or a view changes: reading through the walls,
-- writing through the views only.
CREATE OR REPLACE FUNCTION registry_regrant() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  g record;
  read text := 'city, catalogue, asset, zone, defect, organisation';
  past text := (SELECT string_agg(quote_ident(name || '_history'), ', ') FROM registry_tables() WHERE versioned)
               || ', inspection, claim, attachment, work, observation, batch';
  -- Who inspected, and what was noted beside, is for those who may see who did what.
  noted text;
  columns_read text;
BEGIN
  FOR g IN
    SELECT t.db_user, bool_or(holds) AS holds, bool_or(holds AND t.role = ANY (registry_writers())) AS writes,
           bool_or(holds AND t.role <> 'reader') AS looks_back
    FROM (SELECT *, revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp()) AS holds FROM token) t
    WHERE t.db_user IS NOT NULL AND EXISTS (SELECT FROM pg_roles WHERE rolname = t.db_user) GROUP BY t.db_user
  LOOP
    EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I, layers FROM %I', current_schema(), g.db_user);
    CONTINUE WHEN NOT g.holds;
    EXECUTE format('GRANT USAGE ON SCHEMA %I, layers TO %I', current_schema(), g.db_user);
    EXECUTE format('GRANT SELECT ON %s TO %I', read, g.db_user);
    FOREACH noted IN ARRAY ARRAY['inspection', 'work', 'observation'] LOOP
      SELECT string_agg(quote_ident(attname), ', ') INTO columns_read FROM pg_attribute
      WHERE attrelid = noted::regclass AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('inspector', 'note');
      EXECUTE format('GRANT SELECT (%s) ON %I TO %I', columns_read, noted, g.db_user);
    END LOOP;
    EXECUTE format('GRANT SELECT ON ALL TABLES IN SCHEMA layers TO %I', g.db_user);
    IF g.looks_back THEN EXECUTE format('GRANT SELECT ON %s TO %I', past, g.db_user); END IF;
    IF g.writes THEN
      EXECUTE format('GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA layers TO %I', g.db_user);
    END IF;
  END LOOP;
END $$;

DO $$
BEGIN
  PERFORM registry_secure('registry_grant()');
  PERFORM registry_secure('registry_scope(text)');
  GRANT EXECUTE ON FUNCTION registry_grant(), registry_scope(text) TO PUBLIC;
END $$;
