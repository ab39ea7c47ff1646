-- What was found for each parcel. share: of its access points (null: it has none); nearest_m: null where no way leads.
CREATE TEMP TABLE $walk ON COMMIT DROP AS
SELECT w.id, w.share, w.nearest_m, w.access
FROM unnest(CAST(:ids AS bigint[]), CAST(:shares AS float8[]), CAST(:nearest_m AS float8[]), CAST(:access AS text[]))
     AS w(id, share, nearest_m, access)
