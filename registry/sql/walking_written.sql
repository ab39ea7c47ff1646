-- Whether this transaction has written: what it sees then is not yet what others will see.
SELECT pg_current_xact_id_if_assigned() IS NOT NULL
