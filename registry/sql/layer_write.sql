CREATE FUNCTION $function() RETURNS trigger LANGUAGE plpgsql AS $$body$$
DECLARE
  live $table;
  made $table;
  b batch;
  problems jsonb[];
BEGIN
  -- The row as it is, read after the lock: OLD may be older than what another editor committed meanwhile.
  IF TG_OP = 'INSERT' THEN
    NEW.city := registry_city_of(NEW.city);
    PERFORM registry_lock(NEW.city);
    made.$discriminator := $key; made.city := NEW.city; made.id := registry_new_id(NEW.id);
    made.attrs := '{}'; $blank
  ELSE
    PERFORM registry_lock(OLD.city);
    SELECT * INTO live FROM $table WHERE $discriminator = $key AND city = OLD.city AND id = OLD.id;
    IF live.id IS NOT NULL THEN PERFORM registry_demand_right(live); END IF;
    PERFORM registry_same_version(OLD.id, live.version, CASE TG_OP WHEN 'DELETE' THEN OLD.version ELSE NEW.version END);
    IF TG_OP = 'DELETE' THEN
      b := registry_direct_batch(live.city);
      DELETE FROM $table WHERE $discriminator = $key AND city = live.city AND id = live.id;
      $replaced
      RETURN OLD;
    END IF;
    IF (NEW.id, NEW.city) IS DISTINCT FROM (OLD.id, OLD.city) THEN
      PERFORM registry_refuse('id 和 city 不能改', 'id and city cannot be changed');
    END IF;
    made := live;
  END IF;

  -- What the declaration says of the values that changed.
$trimmed
  problems := array_remove(ARRAY[
$problems
  ]::jsonb[], NULL);
  IF problems <> '{}' THEN PERFORM registry_refuse_problems(problems); END IF;

  -- What the row becomes.
$columns
  made.attrs := registry_edited(made.attrs, $was, $said);
  -- What is new has a place; NULL takes away the one that is there, as null does in an edit over the web.
  IF TG_OP = 'UPDATE' AND NEW.geom IS NULL THEN
    made.geom := NULL;
  ELSIF TG_OP = 'INSERT' OR NEW.geom IS DISTINCT FROM OLD.geom THEN
    made.geom := registry_stored(NEW.geom, $types, made.city, $worldwide);
  END IF;
  made := registry_completed(live, made);
  IF TG_OP = 'UPDATE' AND made IS NOT DISTINCT FROM live THEN RETURN NEW; END IF;
  PERFORM registry_demand_right(made);

  b := registry_direct_batch(made.city);
  made.source := 'direct'; made.source_hash := NULL; made.batch := b.id; made.sys_from := b.at;
  made.row_hash := registry_row_hash(made);
  IF TG_OP = 'INSERT' THEN
    made.version := 1;
    INSERT INTO $table SELECT made.*;
  ELSE
    made.version := live.version + (live.batch <> b.id)::int;
    PERFORM registry_changed_hands(live.id, live.source, live.source_hash);
    UPDATE $table SET ($written) = ROW($values)
    WHERE $discriminator = $key AND city = made.city AND id = made.id;
  END IF;
  $replaced
  SELECT * INTO NEW FROM $view v WHERE v.city = made.city AND v.id = made.id;
  RETURN NEW;
END $$body$$
