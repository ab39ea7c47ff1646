-- Signatures of the functions that are the registry's by their name; with :of_rows only those that take or give a row of
-- a table, which stands in the way of dropping it, while the others are in use by its triggers.
SELECT p.oid::regprocedure::text FROM pg_proc p
WHERE p.pronamespace = CAST(quote_ident(:schema) AS regnamespace) AND starts_with(p.proname, 'registry_')
  AND (NOT :of_rows OR EXISTS (SELECT FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid
                               WHERE t.oid = ANY(p.proargtypes || p.prorettype) AND c.relkind IN ('r', 'p')))
ORDER BY 1
