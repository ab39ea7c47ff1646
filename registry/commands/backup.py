"""The commands that put all the registry holds into one file and take it back: backup and restore."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from registry import backup as one_file
from registry import console, db
from registry.backup import manifest
from registry.backup.archive import Progress

MEBIBYTE = 1 << 20


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="覆盖已有的文件 · Replace an existing file.")
def backup(file: Path, force: bool) -> None:
    """把整个台账备份到一个文件 · Back up the whole registry into one file.

    库、附件和清单在一个文件里，取自同一瞬间；备份时别人照常读写。

    Database, attachments and manifest in one file, of one moment, while others go on reading and writing.
    """
    with one_file.Writer(file, force=force) as writer, db.connect() as conn, _bar("备份 MiB", "Backup MiB") as progress:
        made = one_file.save(conn, writer, progress)
    _tell(made["audit"])
    console.say(f"已备份到 {file}（{file.stat().st_size / MEBIBYTE:.1f} MiB，结构 {made['revision']}）",
                f"Backed up to {file} ({file.stat().st_size / MEBIBYTE:.1f} MiB, schema {made['revision']})")


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--replace", is_flag=True, help="换掉库里现有的台账 · Exchange the registry that is there.")
@click.option("--yes", is_flag=True, help="不再询问 · Do not ask.")
def restore(file: Path, replace: bool, yes: bool) -> None:
    """从备份恢复 · Restore from a backup.

    先核对文件，再在一个事务里恢复、核对清单、重算审计链：全部相符才提交，否则库里原样不动。
    审计链在备份时就有不符的，照样恢复，但以 1 退出。只恢复可信的文件：其中的语句会被执行。

    The file is checked first; then one transaction restores it, compares it with its manifest and recomputes the
    audit chain: committed when all fits, else the database stays as it was. Exit status 1 when the chain had a
    fault already when it was backed up. Restore files you trust only: the statements in them are run.
    """
    archive = one_file.Archive(file)
    with _bar("核对 MiB", "Checking MiB", archive.size) as progress:
        archive.check(progress)
    if replace and not yes:
        click.confirm(console.pick("换掉库里现有的台账？", "Exchange the registry that is in the database?"), abort=True)
    with _bar("恢复 MiB", "Restoring MiB", archive.dump_size()) as progress, db.begin() as conn:
        audited = one_file.restore(conn, archive, replace=replace, progress=progress)
    _tell(audited)
    console.say(f"已从 {file} 恢复（备份时的程序 {archive.manifest['program']}，结构 {archive.manifest['revision']}）",
                f"Restored from {file} (made by program {archive.manifest['program']}, schema {archive.manifest['revision']})")
    if not manifest.fits(audited):
        sys.exit(1)


@contextmanager
def _bar(zh: str, en: str, size: int | None = None) -> Iterator[Progress]:
    """A bar in MiB on stderr; `size` in bytes where it is known."""
    with console.progress() as bars:
        task = bars.add_task(console.pick(zh, en), total=None if size is None else -(-size // MEBIBYTE))
        done = 0

        def tick(count: int) -> None:
            nonlocal done
            done += count
            bars.update(task, completed=-(-done // MEBIBYTE))

        yield tick
        bars.update(task, total=-(-done // MEBIBYTE), completed=-(-done // MEBIBYTE))


def _tell(audited: dict[str, Any]) -> None:
    for city, found in audited.items():
        if manifest.fits({city: found}):
            console.say(f"{city}：{found['batches']} 个批次，审计链完整", f"{city}: {found['batches']} batches, the audit chain is whole")
        else:
            console.say(f"{city}：审计链不符（第一个不符的批次 {found['first_wrong']}，不符的行 {found['tampered_rows']}）；见 registry audit verify",
                        f"{city}: the audit chain does not fit (first wrong batch {found['first_wrong']}, rows that do not fit "
                        f"{found['tampered_rows']}); see registry audit verify")


COMMANDS = (backup, restore)
