-- Whether kept coverages are of today's rows for this connection: no batch of its own is open or a dry run, which change
-- rows without a new version of their layer. To compile one of the few large statements takes longer than it takes itself.
SELECT registry_current_batch() IS NULL
       AND NOT coalesce((SELECT b.mapping -> 'dry_run' = 'true' FROM batch b WHERE b.city = :city
                         ORDER BY b.at DESC, b.id DESC LIMIT 1), false) AS usable,
       set_config('jit', 'off', true) AS jit, pg_current_xact_id_if_assigned() IS NOT NULL AS written,
       concat_ws(' ', postgis_lib_version(), postgis_geos_version(), postgis_proj_version()) AS engine
