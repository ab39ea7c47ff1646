-- Arithmetic of filter expressions (CQL2). What has no value is NULL and no error: the planner may reckon on rows that
-- the principal does not see before it drops them, and an error would tell of them.
CREATE OR REPLACE FUNCTION registry_number(op text, a double precision, b double precision) RETURNS double precision
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
    RETURN CASE op
        WHEN '+' THEN a + b
        WHEN '-' THEN a - b
        WHEN '*' THEN a * b
        WHEN '/' THEN a / b
        WHEN 'div' THEN trunc(a / b)
        WHEN '%' THEN CAST(mod(CAST(a AS numeric), CAST(b AS numeric)) AS double precision)
        WHEN '^' THEN power(a, b)
    END;
EXCEPTION
    WHEN division_by_zero OR numeric_value_out_of_range OR invalid_argument_for_power_function THEN
        RETURN NULL;
END $$;
