CREATE INDEX ON $table USING gist (geom);
ANALYZE $table
