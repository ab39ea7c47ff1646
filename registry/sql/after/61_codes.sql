-- Whether an 18-character code checks as a 统一社会信用代码 (GB 32100-2015); shorter ones are not judged.
-- The same rule as registry/kinds/uscc.py, for edits through the views.
CREATE OR REPLACE FUNCTION registry_uscc_fits(code text) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT char_length(code) <> 18 OR coalesce((
    SELECT bool_and(v.value >= 0) AND sum(v.value * v.weight) % 31 = 0
    FROM (SELECT strpos('0123456789ABCDEFGHJKLMNPQRTUWXY', substr(upper(code), i, 1)) - 1 AS value,
                 (ARRAY[1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28, 1])[i] AS weight
          FROM generate_series(1, 18) i) v), false) $$;
