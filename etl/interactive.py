"""`registry load --interactive`: a newcomer is asked step by step, and what is answered is kept as a mapping."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from etl import columns, detect, questions, saved, source
from etl.encoding import UNICODE
from etl.jobs import Job, Options, jobs
from etl.layer import Layer, Note
from etl.load import load
from etl.mapping import KEEP_AS_NULL, CitySaid, LayerMapping
from etl.propose import Proposal, propose, samples, shown
from etl.questions import Terminal
from etl.report import LoadReport
from registry import catalogue, db, settings
from registry.errors import NeedsAnswer, RegistryError
from registry.kinds import FeatureKind, Label
from registry.store import cities

SURE = 0.8          # from this score on Enter accepts a proposal, below it Enter does not
TRIED = ("GBK", "UTF-8", "Big5")
ASKED = 12          # unknown values of a field that are asked one by one
_EMPTY_ENTRY = LayerMapping("*")


@dataclass
class _Talk:
    """What was told of one layer so far."""

    layer: Layer
    said: LayerMapping
    kind: FeatureKind | None = None
    proposals: list[Proposal] = field(default_factory=list)


def walk(path: Path, options: Options, terminal: Terminal | None = None) -> Options:
    """Ask for city, class, encoding, columns, CRS and codes; returns the options with the mapping that was written.

    Nothing is loaded here: the caller shows the counts and asks before it writes. Raises NeedsAnswer where an
    answer leaves nothing to load.
    """
    terminal = terminal or Terminal()
    city, described = _city(terminal, options)
    options = replace(options, city=city)
    talks = [t for job in jobs(path, options, None) if (t := _layer(terminal, job, options)) is not None]
    loaded = [t for t in talks if t.kind is not None]
    if not loaded:
        raise NeedsAnswer(file=path.name, why_zh="没有要导入的图层", why_en="there is no layer to load")
    name = options.source or path.name
    with tempfile.TemporaryDirectory(prefix="registry-mapping-") as folder:
        draft = Path(folder) / "draft.toml"

        def write(to: Path) -> None:
            saved.write(to, name, city, [saved.Entry(t.said, tuple(t.proposals)) for t in talks], described)

        options = _tried(terminal, path, options, talks, draft, write)
    kept = saved.place(city, name)
    write(kept)
    if options.save_mapping is not None:
        write(options.save_mapping)
    terminal.say((f"映射已存下：{kept}。下次：registry load {path.name} --city {city}",
                  f"The mapping is kept: {kept}. Next time: registry load {path.name} --city {city}"))
    return replace(options, mapping=kept, kind=None, encoding=None, fields={}, save_mapping=None)


# -- city, class, encoding -----------------------------------------------------------------------
def _city(terminal: Terminal, options: Options) -> tuple[str, CitySaid | None]:
    with db.begin() as conn:
        known = {c.key: c for c in cities.every(conn)}
    terminal.step(("城市", "City"))
    terminal.table([("代号", "Key"), ("名称", "Name")], [(c.key, c.title) for c in known.values()])
    default = options.city or settings.get("REGISTRY_CITY")
    key = terminal.ask(("城市代号；新的代号就是新建", "Key of the city; a new one is made"), default,
                       lambda text: text if cities.KEY.fullmatch(text) else None)
    if key in known:
        return key, None
    zh = terminal.ask((f"{key} 的中文名称", f"Chinese name of {key}"), key)
    return key, CitySaid(key, zh, terminal.ask(("英文名称", "English name"), zh))


def _layer(terminal: Terminal, job: Job, options: Options) -> _Talk | None:
    if job.layer is None:
        why = job.report.reason or ((job.report.error.message("zh"), job.report.error.message("en"))
                                    if job.report.error else ("", ""))
        terminal.say((f"{job.report.file}：{why[0]}", f"{job.report.file}: {why[1]}"))
        return None
    kind = _class(terminal, job, job.layer)
    said = replace(_EMPTY_ENTRY, match=saved.match_of(job.layer))
    if kind is None:
        return _Talk(job.layer, replace(said, skip=Label("导入时选择了跳过", "skipped by choice")))
    layer, told = _encoding(terminal, job.layer, options)
    talk = _Talk(layer, replace(said, kind=kind.key, encoding=told), kind)
    _columns(terminal, talk, kind, options)
    return talk


def _class(terminal: Terminal, job: Job, layer: Layer) -> FeatureKind | None:
    found = catalogue.load()
    rows = f"{layer.rows:,}" if layer.rows is not None else "?"
    terminal.step((f"{layer.source}（{rows} 行）：是哪一类", f"{layer.source} ({rows} rows): its class"))
    scores = detect.ranked(layer, found)
    terminal.table([("", ""), ("类别", "Class"), ("名称", "Title"), ("得分", "Score"), ("名称中的词", "Word in its name"),
                    ("认出的列", "Columns known")],
                   [(n, s.kind.key, s.kind.title, s.points, s.word, f"{s.share:.0%}") for n, s in enumerate(scores, 1)])
    best = job.kind.key if job.kind else scores[0].kind.key if scores else None
    keys = {k.key for k in found.kinds} | {questions.SKIP}

    def read(text: str) -> str | None:
        if text.isdigit() and 1 <= int(text) <= len(scores):
            return scores[int(text) - 1].kind.key
        return text if text in keys else None

    answer = terminal.ask((f"序号或类别，{questions.SKIP} 跳过此图层", f"Number or class, {questions.SKIP}: leave it out"), best, read)
    return None if answer == questions.SKIP else found.kind(answer)


def _encoding(terminal: Terminal, layer: Layer, options: Options) -> tuple[Layer, str | None]:
    """(the layer, opened anew where another encoding was told, and what was told)."""
    now = layer.encoding
    terminal.step(("文字编码", "Encoding"))
    terminal.say((f"{now.name}：{now.evidence_zh}", f"{now.name}: {now.evidence_en}"))
    if now is UNICODE or not now.samples:
        return layer, options.encoding
    others = {name: other for name in TRIED if (other := _opened(layer, name)) is not None}
    terminal.table([("编码", "Encoding"), ("样值", "Samples")],
                   [(now.name, "、".join(now.samples)), *((name, "、".join(o.encoding.samples)) for name, o in others.items()
                                                         if name != now.name)])
    answer = terminal.ask(("样值读得通的编码", "The encoding in which the samples make sense"), now.name,
                          lambda text: text if text == now.name or text in others or _opened(layer, text) else None)
    if answer == now.name:
        return layer, options.encoding
    return others.get(answer) or _opened(layer, answer) or layer, answer


def _opened(layer: Layer, encoding: str) -> Layer | None:
    try:
        return next((o for o in source.layers(layer.file, encoding) if o.name == layer.name), None)
    except RegistryError:
        return None


# -- columns -------------------------------------------------------------------------------------
def _columns(terminal: Terminal, talk: _Talk, kind: FeatureKind, options: Options) -> None:
    layer = talk.layer
    terminal.step(("列和字段", "Columns and fields"))
    found = columns.match(kind, layer, None)
    fields = {**found.columns, **{k: c for k, c in options.fields.items() if k in kind.by_key}}
    values = samples(layer, [c.name for c in layer.columns])
    proposals = propose(kind, layer, fields, [c.name for c in layer.columns if c.name not in fields.values()])
    _show(terminal, kind, layer, fields, values, proposals)
    for note in found.notes:
        terminal.say(note)
    for proposal in proposals:
        zh, en = f"{proposal.column} → {proposal.field.key} {proposal.field.title.zh}", f"{proposal.score:.2f}"
        if terminal.confirm((f"采用 {zh}？", f"accept? {en}"), proposal.score >= SURE):
            fields[proposal.field.key] = proposal.column
    _changes(terminal, kind, layer, fields)
    if kind.code_required and (code := kind.by_column.get("code")) is not None and code.key not in fields:
        fields[code.key] = _code_column(terminal, kind, layer)
    talk.proposals = [p for p in proposals if p.field.key not in fields and p.column not in fields.values()]
    talk.said = replace(talk.said, only=True, fields=fields)


def _code_column(terminal: Terminal, kind: FeatureKind, layer: Layer) -> str:
    """The column of codes, where the class needs one and none was told: without it nothing can be loaded."""
    names = [c.name for c in layer.columns]
    return terminal.ask((f"{kind.title.zh}需要编码，哪一列是编码？列号或列名，Ctrl-C 停下",
                         f"{kind.title.en} needs a code: its column, by number or name; Ctrl-C stops"), None,
                        lambda text: text if text in names else
                        names[int(text) - 1] if text.isdigit() and 1 <= int(text) <= len(names) else None)


def _show(terminal: Terminal, kind: FeatureKind, layer: Layer, fields: dict[str, str], values: dict[str, list[object]],
          proposals: list[Proposal]) -> None:
    by_column = {column: kind.by_key[key] for key, column in fields.items()}
    may_be = {p.column: p for p in proposals}
    rows = []
    for number, column in enumerate(layer.columns, 1):
        said, maybe = by_column.get(column.name), may_be.get(column.name)
        meaning: str | Note = ("不导入", "left out")
        if said is not None:
            meaning = f"{said.key} {said.title.zh}"
        elif maybe is not None:
            meaning = (f"可能是 {maybe.field.key} {maybe.field.title.zh}（{maybe.score:.2f}）",
                       f"may be {maybe.field.key} ({maybe.score:.2f})")
        rows.append((number, column.name, "、".join(shown(values[column.name])), meaning))
    terminal.table([("", ""), ("列", "Column"), ("样值", "Samples"), ("字段", "Field")], rows)


def _changes(terminal: Terminal, kind: FeatureKind, layer: Layer, fields: dict[str, str]) -> None:
    """Lines such as `3=name` or `3=` until there is nothing to be changed."""
    names = [c.name for c in layer.columns]
    known = "、".join(f"{f.key} {f.title.zh}" for f in kind.fields)

    def read(text: str) -> str | None:
        if text in ("", "?"):
            return text
        column, sign, key = (part.strip() for part in text.partition("="))
        numbered = names[int(column) - 1] if column.isdigit() and 1 <= int(column) <= len(names) else column
        said = kind.by_key.get(key) or (kind.field_named(key) if key else None)
        return f"{numbered}={said.key if said else ''}" if sign and numbered in names and (said or not key) else None

    while answer := terminal.ask(("要改的：列=字段，列= 不导入，? 列出字段，回车继续",
                                  "To change: COLUMN=FIELD, COLUMN= leaves it out, ? lists fields, Enter goes on"), "", read):
        if answer == "?":
            terminal.say((known, known))
            continue
        column, _, key = answer.rpartition("=")
        for taken in [k for k, c in fields.items() if c == column]:
            del fields[taken]
        if key:
            fields[key] = column


# -- a first try: CRS and codes ------------------------------------------------------------------
def _tried(terminal: Terminal, path: Path, options: Options, talks: list[_Talk], draft: Path,
           write: questions.Writer) -> Options:
    """Compare without writing, ask for what that shows, and again until nothing is open."""
    asked: set[tuple[str, str]] = set()
    while True:
        write(draft)
        try:
            reports = load(path, replace(options, mapping=draft, kind=None, encoding=None, fields={}, dry_run=True,
                                         confirm=None, save_mapping=None))
        except NeedsAnswer as error:
            options = _crs_of_error(terminal, options, talks, error)
            continue
        again = False
        for talk in talks:
            made = next((r for r in reports if r.file == talk.layer.source and r.kind == talk.said.kind), None)
            if made is None or talk.kind is None:
                continue
            options, changed = _crs(terminal, options, talk, made, len(talks) == 1, asked)
            again |= changed or _codes(terminal, talk, made, asked)
        if not again:
            return options


def _crs_of_error(terminal: Terminal, options: Options, talks: list[_Talk], error: NeedsAnswer) -> Options:
    """Only a CRS is asked for here: what else is wrong is said and ends the talk."""
    if options.crs is not None or not any(t.layer.geometry for t in talks):
        raise error
    terminal.step(("坐标系", "CRS"))
    terminal.say((error.message("zh"), error.message("en")))
    answer = terminal.ask(("坐标系，例如 EPSG:4549；回车停下", "CRS, for example EPSG:4549; Enter stops"), "", questions.crs)
    if not answer:
        raise error
    for talk in talks:
        talk.said = replace(talk.said, crs=answer)
    return replace(options, crs=answer)


def _crs(terminal: Terminal, options: Options, talk: _Talk, made: LoadReport, alone: bool,
         asked: set[tuple[str, str]]) -> tuple[Options, bool]:
    known = made.crs is None and made.error is None
    if known or not talk.layer.geometry or (talk.layer.source, "crs") in asked or options.crs is not None:
        return options, False
    asked.add((talk.layer.source, "crs"))
    terminal.step(("坐标系", "CRS"))
    if made.crs is not None:
        evidence = made.crs["evidence"]
        terminal.say((f"{made.crs['name']}：{evidence['zh']}", f"{made.crs['name']}: {evidence['en']}"))
    elif made.error is not None:
        terminal.say((made.error.message("zh"), made.error.message("en")))
    answer = terminal.ask(("回车接受，或写另一个，例如 EPSG:4549", "Enter accepts, or another, for example EPSG:4549"), "",
                          questions.crs)
    if not answer:
        return options, False
    talk.said = replace(talk.said, crs=answer)
    return replace(options, crs=answer) if alone else options, True


def _codes(terminal: Terminal, talk: _Talk, made: LoadReport, asked: set[tuple[str, str]]) -> bool:
    """Ask what the values mean that no code list has; whether anything was told."""
    assert talk.kind is not None
    values = {key: dict(some) for key, some in talk.said.values.items()}
    unknown = talk.said.unknown
    for key, counted in made.unknown.items():
        codes = talk.kind.by_key[key].codes
        if codes is None or (talk.layer.source, key) in asked:
            continue
        asked.add((talk.layer.source, key))
        terminal.step((f"代码表没有的值：{codes.title.zh}", f"Values not in the code list: {codes.title.en}"))
        terminal.table([("代码", "Code"), ("名称", "Title")], [(c.value, c.title) for c in codes.codes])
        for value, count in counted.most_common(ASKED):
            code = terminal.ask((f"{value!r}（{count} 行）是哪个代码；- 记为空，回车拒收",
                                 f"{value!r} ({count} rows) is which code; -: kept as null, Enter: refused"), "",
                                partial(questions.code, codes=codes))
            if code:
                values.setdefault(key, {})[value] = "" if code == questions.NULL else code
        if len(counted) > ASKED and unknown != KEEP_AS_NULL and terminal.confirm(
                (f"其余 {len(counted) - ASKED} 种未知值都记为空？", f"Keep the other {len(counted) - ASKED} as null?"), False):
            unknown = KEEP_AS_NULL
    changed = values != talk.said.values or unknown != talk.said.unknown
    talk.said = replace(talk.said, values=values, unknown=unknown)
    return changed
