"""Which test proves which requirement: read from the marks of the tests as pytest collects them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def collected() -> dict[str, list[str]]:
    """Path of a requirement → the tests marked with it, each as `tests/api/test_x.py::test_y`.

    A process of its own collects them: what this one collected may be a selection.
    """
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "marks.json"
        done = subprocess.run([sys.executable, __file__, str(told)], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return json.loads(told.read_text(encoding="utf-8"))


class Marks:
    """The plugin that notes the marks of what is collected."""

    def __init__(self) -> None:
        self.found: dict[str, set[str]] = {}

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        for item in session.items:
            for mark in item.iter_markers("requirement"):
                for path in mark.args:
                    self.found.setdefault(path, set()).add(item.nodeid.partition("[")[0])


def main(told: str) -> int:
    """Collect the files that have such marks at all, and write what was found."""
    files = [str(p) for p in sorted((ROOT / "tests").rglob("test_*.py")) if "mark.requirement" in p.read_text(encoding="utf-8")]
    sys.path.insert(0, str(ROOT))  # of this checkout, wherever the virtual environment's own is
    marks = Marks()
    status = pytest.main(["--collect-only", "--assert=plain", "-p", "no:cacheprovider", *files], plugins=[marks])
    Path(told).write_text(json.dumps({k: sorted(v) for k, v in sorted(marks.found.items())}), encoding="utf-8")
    return int(status)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
