"""The command that undoes a batch: it shows what would be undone and what moved on since, asks, and writes."""

from __future__ import annotations

import sys

import click

from registry import console, db, moment, settings
from registry.commands.cluster import json_option
from registry.errors import NeedsYes, Stale, WriteRefused
from registry.store import undo as of_batch
from registry.store.undo import WHYS, Undoing

_SHOWN = 20  # conflicts on the terminal; --json lists more
COUNTS = {"new": ("恢复", "come back"), "changed": ("改回", "changed back"), "deleted": ("删除", "deleted"),
          "inspections": ("收回检查", "inspections taken back")}


@click.command()
@click.argument("batch", type=click.IntRange(1))
@click.option("--reason", default="", metavar="TEXT", help="为什么，写入历史；默认 undo batch N · Why, for the history.")
@click.option("--actor", default=None, metavar="NAME", help="谁，默认登录名 · Who, for the history.")
@click.option("--whole", is_flag=True, help="有任何冲突就全部不撤销 · Undo nothing when there is any conflict.")
@click.option("--dry-run", is_flag=True, help="只看，不写入 · Look, write nothing.")
@click.option("--yes", is_flag=True, help="不询问，直接写入 · Write without asking.")
@json_option
def undo(batch: int, reason: str, actor: str | None, whole: bool, dry_run: bool, yes: bool, as_json: bool) -> None:
    """撤销一个批次 · Undo a batch: what it wrote becomes what it was before, as a new batch.

    此后又改过的行不覆盖，逐行列为冲突，除非那些改动已先撤销（由后往前逐批撤销）；其余照样撤销（--whole：有冲突就全不撤销）。撤销也是批次，可以再撤销，即重做。
    检查是事实，不删除：由一条“撤销”的记录取代，设施的状态随之恢复。带附件的批次不能撤销。

    Rows that were changed since are listed as conflicts and left alone, unless that was undone before: the last batch
    first, then the one before it. The others are undone. The undo of an undo is the redo. Inspections are facts: each
    is superseded by a withdrawal, and the asset follows. A batch with attachments cannot be undone.

    \b
    退出码 · Exit status: 0 成功 ok  2 用法 usage  4 没有此批次 no such batch  8 每一行都有冲突，什么也没有撤销 nothing undone
    """
    if not (dry_run or yes) and (as_json or not sys.stdin.isatty()):
        raise NeedsYes(name="--yes", value="", why_zh="", why_en="")
    if dry_run or not yes:
        with db.connect() as conn:
            wanted = of_batch.examine(conn, batch)
        if not as_json:
            _tell(wanted)
        if dry_run or not wanted.rows:
            if as_json:
                console.print_json(wanted.as_dict())
            return
        # Nobody waits for the answer: the lock was given back, and what is asked about is compared again.
        if not (whole and wanted.conflicts) and not click.confirm(console.pick("撤销？", "Undo?"), default=False):
            return
    with db.begin() as conn:
        found = of_batch.examine(conn, batch)
        if not yes and (found.counts, found.conflicts) != (wanted.counts, wanted.conflicts):
            raise Stale(what=f"batch/{batch}", given=wanted.rows, found=found.rows)
        done = of_batch.carry_out(conn, found, actor=actor or settings.actor(), reason=reason, whole=whole)
    if as_json:
        console.print_json(done.as_dict())
    elif yes:
        _tell(done)
    if done.batch is not None and not as_json:
        console.say(f"批次 {batch} 已由批次 {done.batch} 撤销", f"batch {batch} was undone by batch {done.batch}")
    if done.batch is None and done.conflicts:
        sys.exit(WriteRefused.exit_code)  # as a plan that cannot be carried out


def _tell(wanted: Undoing) -> None:
    told = [(zh, en, wanted.counts[key]) for key, (zh, en) in COUNTS.items() if wanted.counts[key]]
    zh = "，".join(f"{zh} {n:,}" for zh, _, n in told) or "没有可撤销的"
    en = ", ".join(f"{n:,} {en}" for _, en, n in told) or "nothing to undo"
    console.say(f"批次 {wanted.undone}：{zh}；冲突 {wanted.conflicts:,}",
                f"Batch {wanted.undone}: {en}; {wanted.conflicts:,} conflicts")
    if wanted.undone_by is not None:
        console.say(f"它已由批次 {wanted.undone_by} 撤销过；要重做，撤销批次 {wanted.undone_by}",
                    f"It was undone by batch {wanted.undone_by} before; to do it again, undo batch {wanted.undone_by}")
    if not wanted.listed:
        return
    console.table(("冲突：此后另有改动，保持现状", "Conflicts: they moved on since and stay as they are"),
                  [("表", "Table"), ("类别", "Class"), ("编号", "Id"), ("编码", "Code"), ("原因", "Why"), ("不同的字段", "Fields"),
                   ("谁", "Who"), ("何时", "When"), ("批次", "Batch")],
                  [(c.table, c.kind, str(c.id), c.code, WHYS[c.why], " ".join(c.fields), c.actor,
                    moment.local(c.at) if c.at else None, None if c.batch is None else str(c.batch))
                   for c in wanted.listed[:_SHOWN]])
    if wanted.conflicts > _SHOWN:
        more = wanted.conflicts - _SHOWN
        console.say(f"另有 {more:,} 行冲突；--json 列出更多", f"{more:,} more conflicts; --json lists them")


COMMANDS = (undo,)
