-- Whether kept coverages may be used by this connection: of today's rows (no batch of its own is open or a dry run,
-- which change rows without a new version of their layer), by somebody who may read them, outside a standby.
SELECT NOT pg_is_in_recovery() AND has_table_privilege('coverage_kept', 'SELECT') AND registry_current_batch() IS NULL
       AND NOT coalesce((SELECT b.mapping -> 'dry_run' = 'true' FROM batch b WHERE b.city = :city
                         ORDER BY b.at DESC, b.id DESC LIMIT 1), false) AS usable,
       set_config('jit', 'off', true) AS jit,  -- to compile one of the few large statements takes longer than it takes itself
       pg_current_xact_id_if_assigned() IS NOT NULL AS written,
       concat_ws(' ', postgis_lib_version(), postgis_geos_version(), postgis_proj_version()) AS engine
