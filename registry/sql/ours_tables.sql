-- Those of the named tables that are in the schema.
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = CAST(quote_ident(:schema) AS regnamespace) AND c.relkind IN ('r', 'p') AND c.relname = ANY(:names)
ORDER BY 1
