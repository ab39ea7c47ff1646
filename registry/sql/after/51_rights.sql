-- Who may write through the views: the one place that says so.

-- Asked with the row before and the row after of every direct edit; zones have no district, grid, owner or keeper.
CREATE OR REPLACE FUNCTION registry_may_write(class text, city text, district text, grid text, owner text, keeper text,
                                              geom geometry) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT pg_has_role(session_user, (SELECT relowner FROM pg_class WHERE oid = 'asset'::regclass), 'USAGE') $$;

CREATE OR REPLACE FUNCTION registry_demand_right(a asset) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF registry_may_write(a.class, a.city, a.district, a.grid, a.owner, a.keeper, a.geom) IS NOT TRUE THEN
    PERFORM registry_refuse(format('%s 无权写入 %s %s', session_user, a.class, coalesce(a.code, a.id::text, '')),
                            format('%s may not write %s %s', session_user, a.class, coalesce(a.code, a.id::text, '')),
                            '42501');
  END IF;
END $$;

CREATE OR REPLACE FUNCTION registry_demand_right(z zone) RETURNS void LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF registry_may_write(z.kind, z.city, NULL, NULL, NULL, NULL, z.geom) IS NOT TRUE THEN
    PERFORM registry_refuse(format('%s 无权写入 %s %s', session_user, z.kind, coalesce(z.code, z.id::text, '')),
                            format('%s may not write %s %s', session_user, z.kind, coalesce(z.code, z.id::text, '')),
                            '42501');
  END IF;
END $$;
