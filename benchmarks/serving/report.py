"""What was measured as a table, as JSON and Markdown, and which of the goals are met."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.serving.cases import Case
from registry import console

DEEP_GOAL, DEEP_MOST = 1.2, 2.0  # CPU of the page far away by that of the first
EXPORT_PER_S, EXPORT_FIRST_S, EXPORT_GROWTH_MB = 120_000, 0.2, 50
Found = dict[str, dict[str, dict[str, float]]]
Line = tuple[str, float, float, float]  # what, measured ratio, goal, not acceptable beyond


def show(chosen: list[Case], found: Found, exported: dict[str, Any] | None, folder: Path) -> None:
    """Print both tables; write `serving.json` and `serving.md` into the folder. Exit status 1 below what is acceptable."""
    judged = list(_judged(chosen, found, exported))
    heads, lines = _table(chosen, found)
    console.table(("读取：每秒请求数（每请求 CPU 毫秒：服务 + 数据库）", "Reading: requests/s (CPU ms of a request: server + database)"),
                  [(h, h) for h in heads], lines)
    verdicts = [(what, ratio, goal, least, _verdict(ratio, goal, least)) for what, ratio, goal, least in judged]
    told = ["what", "measured", "goal", "not acceptable beyond", "verdict"]
    console.table(("目标", "Goals"), [(h, h) for h in told], verdicts)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "serving.json").write_text(json.dumps({"found": found, "export": exported, "judged": [
        dict(zip(told, v, strict=True)) for v in verdicts]}, ensure_ascii=False, indent=1), encoding="utf-8")
    (folder / "serving.md").write_text(_markdown(heads, lines) + "\n" + _markdown(told, verdicts), encoding="utf-8")
    if any(v[-1] == "not acceptable" for v in verdicts):
        raise SystemExit(1)


def _table(chosen: list[Case], found: Found) -> tuple[list[str], list[list[Any]]]:
    names = [n for n in found if n != "floor"]
    lines = []
    for case in chosen:
        line: list[Any] = [console.pick(*case.title)]
        for name in names:
            t = found[name].get(case.name)
            line.append(f"{t['per_second']:,.0f} ({t['server_ms']:.2f}+{t['postgres_ms']:.2f})" if t else None)
            if t and t["failed"]:
                line[-1] += f" {t['failed']:.0f} failed"
        floor = found["floor"].get(case.name)
        lines.append([*line, f"{floor['per_second']:,.0f}" if floor else None])
    return ["case", *names, "floor"], lines


def _judged(chosen: list[Case], found: Found, exported: dict[str, Any] | None) -> Iterator[Line]:
    ours, tipg, floor = found["ours"], found.get("tipg", {}), found["floor"]
    for case in chosen:
        peer = tipg.get(case.against or case.name)
        if case.goal and case.least and peer and case.name in ours:
            mine = ours[case.name]
            yield f"{case.name}: × tipg, requests/s", mine["per_second"] / peer["per_second"], case.goal, case.least
            yield f"{case.name}: × tipg, CPU", _cpu(peer) / _cpu(mine), case.goal, case.least
        if case.of_floor and case.name in floor and case.name in ours:
            yield f"{case.name}: × floor", ours[case.name]["per_second"] / floor[case.name]["per_second"], case.of_floor, 0.0
    if "deep" in ours and "items100-warm" in ours:
        yield "deep: CPU × page 1", _cpu(ours["deep"]) / _cpu(ours["items100-warm"]), -DEEP_GOAL, -DEEP_MOST
    if exported:
        yield "export: features/s", exported["per_second"], EXPORT_PER_S, EXPORT_PER_S / 2
        yield "export: first byte, s", exported["first_byte_s"], -EXPORT_FIRST_S, -2 * EXPORT_FIRST_S
        yield "export: growth of RSS, MB", exported["rss_growth_mb"], -EXPORT_GROWTH_MB, -2 * EXPORT_GROWTH_MB


def _verdict(value: float, goal: float, least: float) -> str:
    """A negative goal is one to stay below."""
    if goal < 0:
        value = -value
    return "met" if value >= goal else "acceptable" if value >= least else "not acceptable"


def _cpu(taken: dict[str, float]) -> float:
    return max(taken["server_ms"] + taken["postgres_ms"], 1e-3)


def _markdown(heads: list[str], lines: Any) -> str:
    rows = [heads, ["---"] * len(heads), *lines]
    return "".join("| " + " | ".join(f"{c:,.3g}" if isinstance(c, float) else str(c if c is not None else "") for c in r) + " |\n" for r in rows)
