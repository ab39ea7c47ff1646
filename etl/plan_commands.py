"""The commands of plans: `registry plan`, `registry apply`, `registry plans`."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import click

from etl import planning, report
from etl.file_options import Bars, existing, file_options, options, report_failures
from etl.load import load as load_file
from etl.report import LoadReport
from registry import console, db, moment
from registry.store import plans as stored
from registry.store.plans import Plan

_STATUS = {stored.READY: ("可执行", "ready"), stored.APPLIED: ("已执行", "applied"), stored.STALE: ("已过时", "stale"),
           stored.DRAFT: ("询问中", "being asked")}


@click.command()
@file_options
@click.option("--out", type=click.Path(path_type=Path), default=None, metavar="DIR",
              help="说明文件（plan.html、changes.gpkg）的文件夹；默认 .registry/plans · Folder of the page and the GeoPackage.")
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · Print JSON.")
@click.pass_context
def plan(context: click.Context, file: Path, out: Path | None, as_json: bool, **said: Any) -> None:
    """做计划：比对文件，存下差异，不写入 · Plan a load: compare a file, keep the differences, write nothing.

    每个图层一份计划，各有一页说明（plan.html）和一个 GeoPackage（changes.gpkg：insert、update_old、update_new、delete、
    conflict）。写入用 registry apply 编号；其间有人动过所涉的行，则拒绝并指明。

    One plan a layer, each with a page and a GeoPackage of the changes. registry apply writes exactly that, or refuses
    and names the rows that somebody moved meanwhile.
    """
    with Bars(quiet=as_json) as tick:
        made = load_file(existing(file), options(said, progress=tick, plans=out if out is not None else planning.folder()))
    if as_json:
        console.print_json([m.as_dict() for m in made])
    else:
        _show(made)
    report_failures(context, made, quiet=False)


@click.command()
@click.argument("numbers", metavar="PLAN...", type=int, nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · Print JSON.")
def apply(numbers: tuple[int, ...], as_json: bool) -> None:
    """执行计划 · Apply plans: exactly what they say, all in one transaction, or nothing.

    所涉的行在计划之后被改过，或新增的编码已被占用，则拒绝并指明（退出码 8）。一份计划只执行一次。

    Refused (exit status 8), naming the rows, when one of them was changed since or the code of a new one is taken.
    A plan is applied once.
    """
    done = planning.apply(db.begin, numbers)
    if as_json:
        console.print_json([{"plan": p.id, "batch": b.id, **p.counts} for p, b in done])
        return
    console.table(("执行结果", "What was applied"), [("计划", "Plan"), ("来源", "Source"), ("类别", "Class"), ("新增", "New"),
                                                 ("变更", "Changed"), ("删除", "Deleted"), ("批次", "Batch")],
                  [(p.id, p.source, p.kind, p.counts["new"], p.counts["changed"], p.counts["deleted"], f"#{b.id}") for p, b in done])


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON · Print JSON.")
@click.pass_context
def plans(context: click.Context, as_json: bool) -> None:
    """列出计划 · List plans; `drop` deletes one."""
    if context.invoked_subcommand:
        return
    with db.begin() as conn:
        stored.sweep(conn)
        found = stored.every(conn)
    if as_json:
        console.print_json([_as_dict(p) for p in found])
        return
    console.table(("计划", "Plans"), [("计划", "Plan"), ("时间", "Made at"), ("城市", "City"), ("来源", "Source"), ("类别", "Class"),
                                   ("新增", "New"), ("变更", "Changed"), ("删除", "Deleted"), ("冲突", "Conflicts"), ("操作人", "Actor"),
                                   ("状态", "Status"), ("批次", "Batch")],
                  [(p.id, moment.local(p.created_at), p.city, p.source, p.kind, p.counts["new"], p.counts["changed"],
                    p.counts["deleted"], p.counts["conflicts"], p.actor, _STATUS[p.status],
                    None if p.batch is None else f"#{p.batch}") for p in found])


@plans.command("drop")
@click.argument("number", metavar="PLAN", type=int)
def drop(number: int) -> None:
    """删除一份计划 · Delete a plan; what was applied stays."""
    with db.begin() as conn:
        gone = stored.drop(conn, number)
    shutil.rmtree(planning.folder() / str(number), ignore_errors=True)
    console.say(f"计划 {gone.id}（{gone.source}）已删除", f"plan {gone.id} ({gone.source}) is deleted")


def _show(made: list[LoadReport]) -> None:
    for m in made:
        if m.status == report.LEFT_OUT:
            report.line(m)
        elif m.error is None:
            report.details(m)
            _samples(m)
    report.totals(made)
    for m in made:
        if m.plan and "id" in m.plan:
            p = m.plan
            console.say(f"\n计划 {p['id']}：约 {p['seconds']} 秒；{p['page']}；{p['layers']}\n执行：registry apply {p['id']}",
                        f"\nplan {p['id']}: about {p['seconds']} s; {p['page']}; {p['layers']}\nto carry it out: registry apply {p['id']}")


def _samples(made: LoadReport) -> None:
    for s in (made.plan or {}).get("samples", []):
        verdict = {"new": ("新增", "new"), "changed": ("变更", "changed"), "missing": ("删除", "deleted")}[s["verdict"]]
        told = "; ".join(f"{f['field']} {f['old']!r} → {f['new']!r}" for f in s["fields"]) if s["verdict"] == "changed" else s["name"] or ""
        console.say(f"    {verdict[0]} {s['code'] or s['id'] or s['row']}  {told}", f"    {verdict[1]} {s['code'] or s['id'] or s['row']}  {told}")


def _as_dict(p: Plan) -> dict[str, Any]:
    return {"id": p.id, "city": p.city, "class": p.kind, "source": p.source, "source_sha256": p.source_sha256, "actor": p.actor,
            "reason": p.reason, "code_version": p.code_version, "counts": p.counts, "status": p.status, "created_at": p.created_at,
            "ended_at": p.ended_at, "batch": p.batch}


COMMANDS = (plan, apply, plans)
