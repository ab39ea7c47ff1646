"""The commands that show the batches and prove that nobody changed them afterwards."""

from __future__ import annotations

import dataclasses
import sys
from collections import Counter
from typing import Any

import click

from registry import audit as chain_of
from registry import console, db, moment
from registry.commands.city import chosen, city_option
from registry.commands.cluster import json_option
from registry.kinds import Label
from registry.store import attachments, cities, regraded

LISTED = 100
_OUTCOME = {regraded.DIFFERS: Label("不符", "differs"), regraded.GONE: Label("所用的表已不在或已改动", "its table is gone or was changed")}


@click.command()
@city_option
@json_option
def batches(city: str | None, as_json: bool) -> None:
    """列出批次：谁、何时、为什么 · List the batches: who, when, why."""
    with db.connect() as conn:
        found = chain_of.chain(conn, chosen(conn, city).key)
    if as_json:
        console.print_json([_plain(b) for b in found])
        return
    console.table(("批次", "Batches"),
                  [("批次", "Batch"), ("时间", "At"), ("类型", "Kind"), ("操作人", "Actor"), ("原因", "Reason"),
                   ("来源", "Source"), ("数目", "Counts"), ("锁", "Lock"), ("撤销", "Undo")],
                  [(str(b.id), moment.local(b.at), b.kind, b.actor, b.reason, b.source,
                    " ".join(f"{k} {v}" for k, v in (b.counts or {}).items() if v),
                    console.pick("未加锁", "none") if b.no_lock else "", _undo(b)) for b in found])


@click.group()
def audit() -> None:
    """审计 · Audit of the history."""


@audit.command()
@click.option("--city", default=None, help="城市，默认全部 · City; default all.")
@click.option("--expect", default=None, metavar="ID:HASH", help="以前记下的链头，须仍在链中 · A head noted before, which must "
              "still be in the chain.")
@json_option
def verify(city: str | None, expect: str | None, as_json: bool) -> None:
    """重算哈希链和附件文件，指出不符的 · Recompute the chain and the files of attachments; name what does not fit.

    链头（最后一批的编号和哈希）请抄到库外；以后用 --expect 核对，连截去链尾也瞒不过。
    Note the head (id and hash of the last batch) outside; given by --expect later, not even a cut-off end goes unnoticed.

    不符时退出码为 1。Exit status 1 when something does not fit.
    """
    with db.connect() as conn:
        keys = [cities.get(conn, city).key] if city else [c.key for c in cities.every(conn)]
        looked = {key: (chain_of.chain(conn, key), chain_of.tampered(conn, key), attachments.examine(conn, city=key)) for key in keys}
    answers = []
    kept = expect is None or any(_head(b) == expect.strip() for found, _, _ in looked.values() for b in found)
    for key, (found, rows, files) in looked.items():
        wrong = next((b for b in found if b.fault), None)
        head = _head(found[-1]) if found else None
        answers.append({"city": key, "batches": len(found), "head": head, "expected": kept,
                        "fits": wrong is None and not rows and files.sound and kept,
                        "first_wrong": _plain(wrong) if wrong else None,
                        "tampered_rows": [dataclasses.asdict(r) for r in rows],
                        "attachments": {"missing": files.missing, "changed": files.corrupt}})
        if not as_json:
            _tell(key, len(found), wrong, rows, files)
            if head:
                console.say(f"链头 {head}", f"head {head}")
    if as_json:
        console.print_json(answers)
    elif not kept:
        console.say(f"链中没有 {expect}：链尾被截去，或不是同一个库", f"{expect} is not in the chain: its end was cut off, or it is another database")
    if not all(a["fits"] for a in answers):
        sys.exit(1)


@audit.command()
@city_option
@json_option
def grades(city: str | None, as_json: bool) -> None:
    """按所存测量值和所记的表重算每次检查的得分与等级 · Recompute every score and grade from what is stored.

    表已不在或已改动的另列；有不符的退出码为 1。
    Inspections whose table is gone or was changed are told apart. Exit status 1 when something differs.
    """
    counts: Counter[str] = Counter()
    listed: list[regraded.Regraded] = []
    with db.connect() as conn:
        key = chosen(conn, city).key
        for one in regraded.every(conn, key):
            counts[one.outcome] += 1
            if one.outcome != regraded.FITS and len(listed) < LISTED:
                listed.append(one)
    told = {outcome: counts[outcome] for outcome in (regraded.FITS, regraded.DIFFERS, regraded.GONE)}
    if as_json:
        console.print_json({"city": key, **told, "listed": [dataclasses.asdict(r) for r in listed]})
    else:
        for one in listed:
            console.say(f"检查 {one.id}（{one.form}）{_OUTCOME[one.outcome].zh}：存 {one.stored['grade']}，算 {one.computed.get('grade')}",
                        f"inspection {one.id} ({one.form}) {_OUTCOME[one.outcome].en}: stored {one.stored['grade']}, computed "
                        f"{one.computed.get('grade')}")
        console.say(f"{key}：重算 {sum(told.values())} 次检查，相符 {told['fits']}，不符 {told['differs']}，表已不在 {told['table_gone']}",
                    f"{key}: {sum(told.values())} inspections recomputed, {told['fits']} fit, {told['differs']} differ, of {told['table_gone']} "
                    "the table is gone")
    if told[regraded.DIFFERS]:
        sys.exit(1)


def _undo(batch: chain_of.Sealed) -> str:
    """Which batch it undoes, and which undid it."""
    told = [] if batch.undoes is None else [console.pick(f"撤销 {batch.undoes}", f"of {batch.undoes}")]
    if batch.undone_by is not None:
        told.append(console.pick(f"被 {batch.undone_by} 撤销", f"by {batch.undone_by}"))
    return " ".join(told)


def _head(batch: chain_of.Sealed) -> str:
    return f"{batch.id}:{batch.hash.hex() if batch.hash else ''}"


def _tell(city: str, count: int, wrong: chain_of.Sealed | None, rows: list[chain_of.TamperedRow],
          files: attachments.Examined) -> None:
    if wrong and wrong.fault:
        console.say(f"批次 {wrong.id}（{moment.local(wrong.at)}，{wrong.actor}）不符：{wrong.fault.zh}",
                    f"Batch {wrong.id} ({moment.local(wrong.at)}, {wrong.actor}) does not fit: {wrong.fault.en}")
    for row in rows:
        console.say(f"{row.table} 编号 {row.id} 第 {row.version} 版的内容与哈希不符，或批次 {row.batch} 不在了",
                    f"{row.table} id {row.id} version {row.version} is not what its hash says, or its batch {row.batch} is gone")
    for id_ in files.missing:
        console.say(f"附件 {id_} 的文件不在了", f"The file of attachment {id_} is not there")
    for id_ in files.corrupt:
        console.say(f"附件 {id_} 的文件与其哈希不符", f"The file of attachment {id_} is not what its hash says")
    if not wrong and not rows and files.sound:
        console.say(f"{city}：{count} 个批次，链完整，每一行和每个附件与其哈希相符",
                    f"{city}: {count} batches, the chain is whole, every row and attachment fits its hash")


def _plain(batch: chain_of.Sealed) -> dict[str, Any]:
    return {**dataclasses.asdict(batch), "hash": batch.hash.hex() if batch.hash else None,
            "fault": batch.fault.as_dict() if batch.fault else None}


COMMANDS = (batches, audit)
