-- The buffers of facilities that are thought of, made for nothing but the time that they take.
SELECT sum(ST_NPoints(ST_Buffer(ST_Transform(a.geom, :srid), :radius_m, 'quad_segs=$quad_segs')))
FROM jsonb_populate_recordset(CAST(NULL AS asset), CAST(:added AS jsonb)) a
