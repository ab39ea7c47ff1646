-- What the inspections of an asset say of it: the one rule, for the row of the asset and for any day in the past.
-- The newest inspection of the whole asset that says a state gives the state, the newest that says a grade the
-- grade. What was found on a part since can only make it worse. A fact that was superseded counts no more.
-- day: inspections up to that day (null: all); known: what the registry held at that moment (null: now).
-- One row always; everything in it is null where no inspection says it.
CREATE OR REPLACE FUNCTION registry_judged(asset bigint, day date, known timestamptz)
RETURNS TABLE (state text, grade text, scores jsonb, rated_on date, standard text) LANGUAGE sql STABLE AS $$
  WITH n AS (
    SELECT i.id, i.inspected_on AS d, i.state, coalesce(i.override_grade, i.grade) AS grade, i.scores, i.standard,
           i.from_m IS NULL AND i.to_m IS NULL AND i.area_m2 IS NULL AS whole
    FROM inspection i
    WHERE i.asset_id = asset AND (day IS NULL OR i.inspected_on <= day)
      AND (known IS NULL OR (SELECT b.at FROM batch b WHERE b.id = i.batch) <= known)
      AND NOT EXISTS (SELECT FROM inspection c WHERE c.supersedes = i.id
                      AND (known IS NULL OR (SELECT b.at FROM batch b WHERE b.id = c.batch) <= known))
  ), s AS (
    SELECT * FROM n WHERE whole AND n.state IS NOT NULL ORDER BY d DESC, id DESC LIMIT 1
  ), g AS (
    SELECT * FROM n WHERE whole AND n.grade IS NOT NULL ORDER BY d DESC, id DESC LIMIT 1
  ), worse_state AS (
    -- A part that is gone or abandoned says nothing of the whole; what is removed is not brought back by a part.
    SELECT n.state, n.d FROM n LEFT JOIN s ON true
    WHERE NOT n.whole AND n.state IN ('damaged', 'missing') AND (s.id IS NULL OR (n.d, n.id) > (s.d, s.id))
      AND (s.id IS NULL OR s.state IN ('intact', 'unknown') OR (s.state = 'damaged' AND n.state = 'missing'))
    ORDER BY n.state DESC, n.d DESC LIMIT 1
  ), worse_grade AS (
    -- Only grades of one scale can be compared: A to E, or I to V.
    SELECT n.grade, n.d FROM n JOIN g ON (n.d, n.id) > (g.d, g.id)
    WHERE NOT n.whole AND n.grade COLLATE "C" > g.grade COLLATE "C"
      AND ((n.grade ~ '^[A-E]$' AND g.grade ~ '^[A-E]$') OR (n.grade ~ '^(I{1,3}|IV|V)$' AND g.grade ~ '^(I{1,3}|IV|V)$'))
    ORDER BY n.grade COLLATE "C" DESC, n.d DESC LIMIT 1
  )
  SELECT coalesce(ws.state, s.state), coalesce(wg.grade, g.grade), g.scores,
         greatest(s.d, g.d, ws.d, wg.d), coalesce(g.standard, s.standard)
  FROM (SELECT 1) one LEFT JOIN s ON true LEFT JOIN g ON true LEFT JOIN worse_state ws ON true
  LEFT JOIN worse_grade wg ON true $$;

-- The form of an inspection that takes back the one it supersedes and says nothing of its own (undo of a batch).
CREATE OR REPLACE FUNCTION registry_withdrawal() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'withdrawal' $$;

-- Whether what came of an inspection in the end is that it was taken back: it counts as if it had never been said.
-- A correction is not that, and the undo of a withdrawal says it anew.
CREATE OR REPLACE FUNCTION registry_withdrawn(inspection bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  WITH RECURSIVE said AS (
    SELECT i.id, i.form, 1 AS turn FROM inspection i WHERE i.id = $1
    UNION ALL
    SELECT c.id, c.form, s.turn + 1 FROM said s JOIN inspection c ON c.supersedes = s.id
  )
  SELECT form = registry_withdrawal() FROM said ORDER BY turn DESC LIMIT 1 $$;
