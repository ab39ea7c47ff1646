"""What a load did, as data, as tables and as one line."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from etl.layer import Note
from etl.propose import Proposal
from registry import console
from registry.errors import RegistryError
from registry.kinds import PROBLEMS, Label

LOADED, UNCHANGED, DRY_RUN = "loaded", "unchanged", "dry_run"
DECLINED, LEFT_OUT, FAILED, PLANNED, ASKED = "declined", "left_out", "failed", "planned", "asked"
_STATUS: dict[str, Note] = {LOADED: ("已入库", "loaded"), UNCHANGED: ("没有变化", "nothing changed"),
                            DRY_RUN: ("试运行，未写入", "dry run, nothing written"),
                            DECLINED: ("未确认，未写入", "not confirmed, nothing written"),
                            LEFT_OUT: ("未导入", "left out"), FAILED: ("失败", "failed"),
                            PLANNED: ("已存为计划，未写入", "kept as a plan, nothing written"),
                            ASKED: ("等待确认", "to be confirmed")}
SHOWN = 8        # problems listed on the terminal; the reject file has all
KEPT = 200       # problems kept for the JSON report


@dataclass
class LoadReport:
    """One layer into one class. read = new + changed + same + refused; `filtered`: left out by the mapping.

    missing: rows of the source that the file lacks, to be deleted. conflicts: fields that somebody else changed too.
    """

    file: str
    layer: str
    status: str = FAILED
    kind: str | None = None
    title: Label | None = None
    city: str | None = None
    city_made: str | None = None           # how the city came to be, when this load made it
    detected: Note | None = None
    encoding: dict[str, Any] | None = None
    crs: dict[str, Any] | None = None
    mapped: dict[str, str] = field(default_factory=dict)
    unmapped: list[str] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)  # what columns may be; nobody has accepted them
    read: int = 0
    new: int = 0
    changed: int = 0
    same: int = 0
    refused: int = 0
    filtered: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    unknown: dict[str, Counter[str]] = field(default_factory=dict)  # field → values not in its code list, and how often
    examples: list[dict[str, Any]] = field(default_factory=list)
    field_changes: dict[str, int] = field(default_factory=dict)
    missing: int = 0
    conflicts: int = 0
    conflict_list: list[dict[str, Any]] = field(default_factory=list)
    conflict_file: Path | None = None
    plan: dict[str, Any] | None = None     # id, seconds, samples, folder of a plan that was kept
    notes: list[Note] = field(default_factory=list)
    batch: int | None = None
    rejects: Path | None = None
    seconds: float = 0.0
    reason: Note | None = None             # why it was left out
    error: RegistryError | None = None

    def as_dict(self) -> dict[str, Any]:
        """As `--json` prints it."""
        return {
            "file": self.file, "layer": self.layer, "status": self.status, "class": self.kind, "city": self.city,
            "city_made": self.city_made, "detected": _pair(self.detected), "encoding": self.encoding, "crs": self.crs,
            "columns": {"mapped": self.mapped, "unmapped": self.unmapped,
                        "proposed": [p.as_dict() for p in self.proposals]},
            "read": self.read, "new": self.new, "changed": self.changed, "same": self.same, "refused": self.refused,
            "filtered": self.filtered, "problems": dict(self.problems), "warnings": dict(self.warnings),
            "unknown_values": self.unknown,
            "examples": self.examples, "field_changes": self.field_changes, "deleted": self.missing,
            "conflicts": {"count": self.conflicts, "list": self.conflict_list,
                          "file": str(self.conflict_file) if self.conflict_file else None},
            "plan": self.plan, "notes": [_pair(n) for n in self.notes],
            "batch": self.batch, "rejects": str(self.rejects) if self.rejects else None,
            "dry_run": self.status == DRY_RUN, "seconds": round(self.seconds, 3), "reason": _pair(self.reason),
            "error": {"code": self.error.code, "zh": self.error.message("zh"), "en": self.error.message("en")}
            if self.error else None}

    @property
    def adds_up(self) -> bool:
        return self.read == self.new + self.changed + self.same + self.refused


def totals(reports: list[LoadReport]) -> None:
    """The table of counts, one row a layer."""
    console.table(("导入结果", "What was loaded"),
                  [("文件", "File"), ("类别", "Class"), ("读取", "Read"), ("新增", "New"), ("变更", "Changed"),
                   ("相同", "Same"), ("拒收", "Refused"), ("不导入", "Left out"), ("删除", "Deleted"), ("冲突", "Conflicts"),
                   ("批次", "Batch"), ("结果", "Result")],
                  [(r.file, r.title or r.kind, r.read, r.new, r.changed, r.same, r.refused, r.filtered, r.missing, r.conflicts,
                    None if r.batch is None else f"#{r.batch}", _STATUS[r.status]) for r in reports])


def details(report: LoadReport) -> None:
    """Everything that a person should know of one layer before saying yes."""
    say = console.say
    say(f"\n{report.file} → {report.title.zh if report.title else '—'}",
        f"\n{report.file} → {report.title.en if report.title else '—'}")
    for zh, en in _lines(report):
        say(f"  {zh}", f"  {en}")
    for code, count in report.problems.most_common():
        say(f"  拒收 {code}：{plain(code).zh} × {count}", f"  refused {code}: {plain(code).en} × {count}")
    for code, count in report.warnings.most_common():
        say(f"  提示 {code}：{plain(code).zh} × {count}", f"  note {code}: {plain(code).en} × {count}")
    for example in [e for e in report.examples if e["refuses"]][:SHOWN]:
        row, message = example["row"], example["message"]
        at = f"{example['field'] or ''}{'=' + repr(example['value']) if example['value'] else ''}"
        line = (f"（表中第 {example['line']} 行）", f" (line {example['line']} of the sheet)") if example["line"] else ("", "")
        say(f"    第 {row} 行{line[0]} {at} {message['zh']}", f"    row {row}{line[1]} {at} {message['en']}")
    for c in report.conflict_list[:SHOWN]:
        by = f"#{c['batch']} {c['actor']} {c['at']}" if c["batch"] else "—"
        say(f"    冲突 第 {c['row']} 行 {c['code'] or c['id']} {c['field']}：文件原为 {c['said']!r}，现为 {c['says']!r}；台账为 {c['has']!r}（{by}）",
            f"    conflict row {c['row']} {c['code'] or c['id']} {c['field']}: the file said {c['said']!r}, says {c['says']!r}; "
            f"the registry has {c['has']!r} ({by})")
    if report.conflict_file:
        say(f"  冲突：{report.conflict_file}", f"  conflicts: {report.conflict_file}")
    if report.rejects:
        also = report.rejects.with_suffix(".xlsx")
        form_zh, form_en = (f"；填报表：{also.name}", f"; as a form: {also.name}") if also != report.rejects else ("", "")
        say(f"  拒收的行：{report.rejects}{form_zh}", f"  refused rows: {report.rejects}{form_en}")


def line(report: LoadReport) -> None:
    """The load in one line."""
    if report.error is not None:
        console.say(report.error.message("zh"), report.error.message("en"))
        return
    if report.status == LEFT_OUT:
        console.say(f"{report.file}：未导入（{report.reason[0] if report.reason else ''}）",
                    f"{report.file}: left out ({report.reason[1] if report.reason else ''})")
        return
    title = report.title or Label("", "")
    why = ", ".join(f"{code} {n}" for code, n in report.problems.most_common())
    more = [("不导入", "left out", report.filtered), ("删除", "deleted", report.missing), ("冲突", "conflicts", report.conflicts)]
    out_zh = "".join(f"，{zh} {n}" for zh, _, n in more if n)
    out_en = "".join(f", {en} {n}" for _, en, n in more if n)
    console.say(f"{report.file} → {title.zh}：读 {report.read}，新增 {report.new}，变更 {report.changed}，"
                f"相同 {report.same}，拒收 {report.refused}{f'（{why}）' if why else ''}{out_zh}",
                f"{report.file} → {title.en}: read {report.read}, new {report.new}, changed {report.changed}, "
                f"same {report.same}, refused {report.refused}{f' ({why})' if why else ''}{out_en}")


def _lines(report: LoadReport) -> list[Note]:
    found: list[Note] = []
    if report.detected:
        found.append((f"类别：{report.detected[0]}", f"class: {report.detected[1]}"))
    if report.city_made:
        found.append((f"城市 {report.city} 是新建的：{report.city_made}", f"the city {report.city} was made: "
                                                                   f"{report.city_made}"))
    if report.encoding:
        e = report.encoding
        sample = f"；{'、'.join(e['samples'])}" if e["samples"] else ""
        unsure = ("（没有把握，请看样值）", " (unsure, look at the samples)") if not e["sure"] else ("", "")
        found.append((f"编码：{e['name']}（{e['evidence']['zh']}）{unsure[0]}{sample}",
                      f"encoding: {e['name']} ({e['evidence']['en']}){unsure[1]}{sample}"))
    if report.crs:
        c = report.crs
        found.append((f"坐标系：{c['name']}（{c['evidence']['zh']}）", f"CRS: {c['name']} ({c['evidence']['en']})"))
    found.append((f"列：{'，'.join(f'{c}→{f}' for f, c in report.mapped.items())}",
                  f"columns: {', '.join(f'{c}→{f}' for f, c in report.mapped.items())}"))
    if report.unmapped:
        found.append((f"没有导入的列：{'、'.join(report.unmapped)}", f"columns left out: {', '.join(report.unmapped)}"))
    found += [p.told for p in report.proposals]
    if report.field_changes:
        shown = ", ".join(f"{k} {n}" for k, n in report.field_changes.items())
        found.append((f"变更的字段：{shown}", f"fields changed: {shown}"))
    return [*found, *report.notes]


def plain(code: str) -> Label:
    """The sentence of a problem without its facts."""
    problem = PROBLEMS[code]
    blank = _Blank()
    return Label(problem.zh.format_map(blank).strip(" ："), problem.en.format_map(blank).strip(" :"))


class _Blank(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "…"


def _pair(note: Note | None) -> dict[str, str] | None:
    return {"zh": note[0], "en": note[1]} if note else None
