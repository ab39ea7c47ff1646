"""The question before sheets of records are written: look first, ask without a transaction, then load."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from etl import report
from etl.load import Loader
from etl.report import LoadReport


def ask_first(loader: Loader, begin: Any, confirm: Callable[[LoadReport], bool]) -> None:
    """Load as that loader would, after `confirm` saw what it found: nobody waits for the answer in a transaction.

    What moved meanwhile is refused: the second run expects the counts of the first.
    """
    made, expected = loader.job.report, None
    for dry in (True, False):
        fresh = LoadReport(made.file, made.layer, kind=made.kind, title=made.title, detected=made.detected)
        options = dataclasses.replace(loader.options, confirm=None, dry_run=dry or loader.options.dry_run, expected=expected)
        type(loader)(dataclasses.replace(loader.job, report=fresh), options, loader.known).run(begin)
        vars(made).update(vars(fresh))
        if loader.options.dry_run:
            return
        expected = (made.new, made.same, made.refused)
        if not made.new:
            made.status = report.UNCHANGED
            return
        if dry:
            made.status = report.ASKED
        if dry and not confirm(made):
            made.status = report.DECLINED
            return
