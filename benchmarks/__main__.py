"""`make bench`: every benchmark, one table each; `make bench ARGS="loading --rows 1000000"` runs one."""

from __future__ import annotations

import importlib
import pkgutil
import sys

import benchmarks


def main(words: list[str]) -> None:
    """Run the benchmark named first, or all of them; the other words are for it."""
    found = [m.name for m in pkgutil.iter_modules(benchmarks.__path__) if not m.name.startswith("_")]
    chosen = [w for w in words if w in found] or [n for n in found if hasattr(importlib.import_module(f"benchmarks.{n}"), "main")]
    for name in chosen:
        importlib.import_module(f"benchmarks.{name}").main([w for w in words if w not in found])


if __name__ == "__main__":
    main(sys.argv[1:])
