"""Writes the names under which fields are stored; run it when fields are added."""

import json
from pathlib import Path

from registry import catalogue

if __name__ == "__main__":
    now = {k.key: {f.key: [f.type, f.column] for f in k.fields} for k in catalogue.load().kinds}
    Path(__file__).with_name("catalogue_snapshot.json").write_text(
        json.dumps(now, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
