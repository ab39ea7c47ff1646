"""What makes a typed view writable: its trigger, with the rules of the declaration, for QGIS and psql."""

from __future__ import annotations

from sqlalchemy import Connection

from registry import sql
from registry.db.columns import (
    MEASURES,
    SQL_TYPES,
    VERSIONING,
    content_columns,
    discriminator,
    literal,
    quote,
)
from registry.db.migration import VIEWS
from registry.kinds import COMMON, PROBLEMS, FeatureKind, Field

# Columns of the view that are not fields, or are written in their own way.
OWN = ("id", "city", "version", "geom")
BLANK = {"asset": "made.code_scheme := 'bureau'; made.length_surveyed := false; made.area_surveyed := false;",
         "zone": "made.edition := ''; made.area_surveyed := false;"}
_UTC = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$"  # a timestamp as attrs keep it
_PAIRS = 40  # jsonb_build_object takes 100 arguments
_PLACES = {f.zone: f.column for f in COMMON if f.zone and f.column}


def fields(kind: FeatureKind) -> list[Field]:
    """The fields that stand in the view as columns of their own."""
    return [f for f in kind.fields if f.key not in OWN]


def measures(kind: FeatureKind) -> list[str]:
    """Measure columns that the view shows though no field is declared for them."""
    known = {f.key for f in kind.fields} | set(kind.by_column)
    return [m for m in MEASURES if m in content_columns(kind.table) and m not in known]


def make_writable(conn: Connection, kind: FeatureKind) -> None:
    """The function and the INSTEAD OF trigger of a view that was just made."""
    view, function = f"{VIEWS}.{quote(kind.key)}", f"{VIEWS}.{quote('write_' + kind.key)}"
    conn.exec_driver_sql(f"DROP FUNCTION IF EXISTS {function}()")
    conn.exec_driver_sql(_function(kind, view, function).replace("%", "%%"), ())
    conn.exec_driver_sql("SELECT registry_secure(CAST(%s AS regprocedure))", (f"{function}()",))
    conn.exec_driver_sql(f"CREATE TRIGGER write INSTEAD OF INSERT OR UPDATE OR DELETE ON {view} "
                         f"FOR EACH ROW EXECUTE FUNCTION {function}()")


def _function(kind: FeatureKind, view: str, function: str) -> str:
    written = [*content_columns(kind.table), *VERSIONING]
    stored = [f for f in fields(kind) if not f.column]
    return sql.script(
        "layer_write", function=function, view=view, table=kind.table, discriminator=discriminator(kind),
        key=literal(kind.key), blank=BLANK[kind.table], types=_texts(kind.geometry),
        worldwide=str(kind.worldwide).lower(), trimmed=_lines(_trim(f) for f in fields(kind) if f.type in ("text", "code")),
        problems=",\n".join(f"    {p}" for p in _problems(kind)),
        columns=_lines([*(_column(f) for f in fields(kind) if f.column), *(_measure(m, m) for m in measures(kind))]),
        was=_object(stored, _was), said=_object(stored, lambda f: f"NEW.{quote(f.key)}"),
        written=", ".join(quote(c) for c in written), values=", ".join(f"made.{quote(c)}" for c in written),
        replaced=_replaced(kind))


def _lines(parts: object) -> str:
    return "\n".join(f"  {p}" for p in parts)  # type: ignore[attr-defined]


def _texts(values: tuple[str, ...]) -> str:
    return f"ARRAY[{', '.join(literal(v) for v in values)}]::text[]"


def _was(field: Field) -> str:
    """The value before; of a new row the declared default, so that saying it writes nothing."""
    if field.default is None:
        return f"OLD.{quote(field.key)}"
    shown = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return f"coalesce(OLD.{quote(field.key)}, {literal(shown)}::{SQL_TYPES[field.type]})"


def _changed(field: Field) -> str:
    return f"NEW.{quote(field.key)} IS DISTINCT FROM {_was(field)}"


def _trim(field: Field) -> str:
    new = f"NEW.{quote(field.key)}"
    return f"IF {_changed(field)} THEN {new} := nullif(btrim({new}), ''); END IF;"


def _object(stored: list[Field], value: object) -> str:
    pairs = [f"{literal(f.key)}, {value(f)}" for f in stored]  # type: ignore[operator]
    return " || ".join(f"jsonb_build_object({', '.join(pairs[i:i + _PAIRS])})"
                       for i in range(0, len(pairs), _PAIRS)) or "'{}'::jsonb"


def _column(field: Field) -> str:
    """A core column follows its field when that changed; a measure that somebody says is a survey."""
    if field.column in MEASURES:
        return _measure(field.column, field.key)
    assert field.column is not None
    return f"IF {_changed(field)} THEN made.{quote(field.column)} := NEW.{quote(field.key)}; END IF;"


def _measure(column: str, key: str) -> str:
    new = f"NEW.{quote(key)}"
    return (f"IF {new} IS DISTINCT FROM OLD.{quote(key)} THEN made.{column} := {new}; "
            f"made.{MEASURES[column]} := {new} IS NOT NULL; END IF;")


def _replaced(kind: FeatureKind) -> str:
    """Divisions that place assets place them anew."""
    if kind.table != "zone" or kind.key not in _PLACES:
        return ""
    return (f"PERFORM registry_place_again({literal(kind.key)}, {literal(_PLACES[kind.key])}, "
            "live.geom, made.geom, b);")


# -- rules ---------------------------------------------------------------------------------------
def _problems(kind: FeatureKind) -> list[str]:
    """For each field one expression: NULL, or what is wrong with the value it was changed to."""
    found = [_problem(f, _rules(kind, f)) for f in fields(kind)]
    undeclared = [Field(m, m, "number", minimum=0, column=m) for m in measures(kind)]
    return found + [_problem(f, _rules(kind, f)) for f in undeclared]


def _problem(field: Field, rules: list[tuple[str, str, dict[str, object]]]) -> str:
    if not rules:
        return "NULL"
    cases = " ".join(f"WHEN {condition} THEN {_sentence(field, code, facts)}" for condition, code, facts in rules)
    return f"CASE {cases} END"


def _sentence(field: Field, code: str, facts: dict[str, object]) -> str:
    problem, title = PROBLEMS[code], field.title
    zh = f"{title.zh}（{field.key}）= «»：{problem.zh.format(**facts)}"
    en = f"{title.en} ({field.key}) = «»: {problem.en.format(**facts)}"
    return f"registry_problem({literal(zh)}, {literal(en)}, NEW.{quote(field.key)}::text)"


def _rules(kind: FeatureKind, field: Field) -> list[tuple[str, str, dict[str, object]]]:
    """(condition under which the value is wrong, code of PROBLEMS, its facts)."""
    new, changed = f"NEW.{quote(field.key)}", _changed(field)
    rules: list[tuple[str, str, dict[str, object]]] = []
    emptied = f"{new} IS NULL AND (TG_OP = 'INSERT' OR OLD.{quote(field.key)} IS NOT NULL)"
    if kind.code_required and field.column == "code":
        rules.append((emptied, "missing_code", {}))
    elif field.required and field.default is None:
        rules.append((emptied, "required", {}))
    if field.codes is not None:
        rules.append((f"{changed} AND {new} <> ALL ({_texts(field.codes.values)})", "unknown_code",
                      {"codes": field.codes.key}))
    if field.type == "number":
        rules.append((f"{changed} AND {new} IN ('NaN', 'Infinity', '-Infinity')", "type", {"expected": "数字 number"}))
    if field.type == "date":
        rules.append((f"{changed} AND {new} NOT BETWEEN '1800-01-01' AND '2200-12-31'", "date", {}))
    if field.type == "timestamp":
        rules.append((f"{changed} AND {new} !~ {literal(_UTC)}", "timestamp", {}))
    if field.type == "list":
        others = f"jsonb_path_exists({new}, '$[*] ? (@.type() != \"string\")')"
        rules.append((f"{changed} AND (jsonb_typeof({new}) <> 'array' OR {others})", "type", {"expected": "文字的列表 list of texts"}))
    if field.minimum is not None or field.maximum is not None:
        rules.append(_range(field, changed, new))
    if field.max_length is not None and field.type == "text":
        rules.append((f"{changed} AND char_length({new}) > {field.max_length}", "length", {"limit": field.max_length}))
    if field.check == "uscc":
        rules.append((f"{changed} AND NOT registry_uscc_fits({new})", "check_digit", {}))
    if field.pattern is not None and field.type == "text":
        rules.append((f"{changed} AND {new} !~ {literal(f'^(?:{field.pattern})$')}", "pattern", {"pattern": field.pattern}))
    return rules


def _range(field: Field, changed: str, new: str) -> tuple[str, str, dict[str, object]]:
    low, high = field.minimum, field.maximum
    outside = [f"{new} < {low}"] if low is not None else []
    outside += [f"{new} > {high}"] if high is not None else []
    return (f"{changed} AND ({' OR '.join(outside)})", "range",
            {"low": "-∞" if low is None else f"{low:g}", "high": "∞" if high is None else f"{high:g}"})
