-- Relations of the schema that are none of the named tables, nor their partitions and sequences, nor an extension's.
WITH RECURSIVE own AS (
    SELECT c.oid FROM pg_class c
    WHERE c.relnamespace = CAST(quote_ident(:schema) AS regnamespace) AND c.relname = ANY(:names)
    UNION SELECT i.inhrelid FROM pg_inherits i JOIN own ON own.oid = i.inhparent
), mine AS (
    SELECT oid FROM own
    UNION SELECT d.objid FROM pg_depend d JOIN own ON own.oid = d.refobjid
          WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
)
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = CAST(quote_ident(:schema) AS regnamespace) AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
  AND c.oid NOT IN (SELECT oid FROM mine)
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e')
ORDER BY 1
