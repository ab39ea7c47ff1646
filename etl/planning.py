"""Between comparing and writing: a plan is kept, shown, and carried out when somebody says so."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from etl import plan_layers, plan_page, report
from etl.jobs import Job, Options
from etl.layer import Layer
from etl.report import LoadReport
from registry import settings
from registry.errors import BadFile, BadValue, PlanStale
from registry.history import Batch
from registry.local import process
from registry.store import plan_rows, plans
from registry.store.cities import City
from registry.store.plans import Plan
from registry.store.staging import Stage

Begin = Callable[[], AbstractContextManager[Connection]]


def folder() -> Path:
    """Where plans show themselves: a folder each, by number, with the run data."""
    return settings.home() / "plans"


def one_speaks(jobs: Sequence[Job], options: Options) -> None:
    """BadValue when rows are to be deleted and several layers speak for one source and class: each lacks the others'."""
    if options.delete_missing is None:
        return
    voices = Counter((job.kind.key, options.name(job.layer)) for job in jobs if job.kind and job.layer)
    for (kind, name), count in voices.items():
        if count > 1:
            raise BadValue(name="--delete-missing", value=name, why_zh=f"有 {count} 个图层都以此来源导入 {kind}，不能判断缺了什么；请合成一个文件",
                           why_en=f"{count} layers are loaded into {kind} under this source, each lacks what the others "
                                  "have; make them one file")


def keep(conn: Connection, stage: Stage, made: LoadReport, options: Options, layer: Layer, counts: dict[str, int],
         mapping: dict[str, Any], new_city: City | None) -> Plan:
    """Store the differences of `stage` as a plan, or as a draft while somebody is asked."""
    plans.sweep(conn)
    draft = options.plans is None
    samples = [] if draft else plan_rows.samples(conn, stage.differences, stage.differences.count(conn))
    made.plan = {"seconds": round(plans.seconds(counts), 1), "samples": samples}
    return plans.save(conn, stage, actor=options.who, reason=options.why(layer), source_sha256=sha256(layer.parts()),
                      mapping=mapping, counts=counts, report=made.as_dict(), new_city=new_city, draft=draft)


def publish(begin: Begin, plan: Plan, made: LoadReport, where: Path) -> None:
    """Write the layers and the page of a plan into a folder of its number, whole or not at all."""
    target = where / str(plan.id)
    half = where / f".{plan.id}.{os.getpid()}.part"
    try:
        _sweep(where)
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(parents=True)
        with begin() as conn:
            plan_layers.write(conn, plan, made.conflict_list, half / plan_layers.NAME)
            page = plan_page.page(conn, plan)
        (half / plan_page.NAME).write_text(page, encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        half.replace(target)
    except OSError as error:
        raise BadFile(file=str(target), why_zh=f"计划 {plan.id} 已存好，但说明文件写不了：{error.strerror}；用 --out 换个文件夹",
                      why_en=f"plan {plan.id} is kept, but its files cannot be written: {error.strerror}; choose a folder with --out") from None
    finally:
        shutil.rmtree(half, ignore_errors=True)
    assert made.plan is not None
    made.plan |= {"id": plan.id, "page": str(target / plan_page.NAME), "layers": str(target / plan_layers.NAME)}
    made.status = report.PLANNED


def ask(begin: Begin, plan: Plan, made: LoadReport, confirm: Callable[[LoadReport], bool] | None) -> None:
    """Ask with no transaction open, then carry the draft out, or forget it."""
    assert confirm is not None
    made.status = report.ASKED
    try:
        agreed = confirm(made)
        if agreed:
            with begin() as conn:
                made.batch = plans.apply(conn, plan.id)[1].id
    except BaseException:
        forget(begin, plan.id)
        raise
    if not agreed:
        forget(begin, plan.id)
    made.status = report.LOADED if agreed else report.DECLINED


def forget(begin: Begin, plan: int) -> None:
    """Drop a plan and its folder."""
    with begin() as conn:
        plans.drop(conn, plan)
    shutil.rmtree(folder() / str(plan), ignore_errors=True)


def apply(begin: Begin, numbers: Sequence[int]) -> list[tuple[Plan, Batch]]:
    """Apply plans in one transaction, divisions last: assets were placed by those that are there now.

    PlanStale: nothing was written, and the plan that moved is marked as stale.
    """
    try:
        with begin() as conn:
            plans.sweep(conn)
            wanted = [plans.get(conn, n) for n in dict.fromkeys(numbers)]
            order = sorted(wanted, key=lambda p: (p.city, p.differences.kind.table == "zone", p.id))
            return [plans.apply(conn, p.id) for p in order]
    except PlanStale as error:
        with begin() as conn:
            plans.retire(conn, error.facts["plan"])
        raise


def sha256(parts: Sequence[Path]) -> str:
    """Hash over the bytes of all parts of a source, in their order."""
    digest = hashlib.sha256()
    for part in parts:
        with open(part, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _sweep(where: Path) -> None:
    """Half folders that killed plans left."""
    for left in where.glob(".*.part"):
        number = left.name.removesuffix(".part").rpartition(".")[2]
        if number.isdigit() and not process.exists(int(number)):
            shutil.rmtree(left, ignore_errors=True)
