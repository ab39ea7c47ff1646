"""The rules of the house, each held by a test."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PYTHON = [p for room in ("registry", "api", "etl") for p in sorted((ROOT / room).rglob("*.py"))]
SQL = sorted((ROOT / "registry" / "sql").glob("*.sql"))


def run(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=cwd, capture_output=True, text=True, check=False)


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {a.name for a in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_imports_go_down_only():
    pytest.importorskip("importlinter")
    result = run("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()")
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_import_contract_sees_a_break(tmp_path):
    """A check that cannot fail is a defect: the same contract over a copy with one wrong import."""
    pytest.importorskip("importlinter")
    import shutil

    for room in ("registry", "api", "etl"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__", "static"))
    shutil.copy(ROOT / "setup.cfg", tmp_path)
    with (tmp_path / "registry" / "store" / "cities.py").open("a") as file:
        file.write("\nimport etl  # noqa\n")
    result = subprocess.run([sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"],
                            cwd=tmp_path, env={"PYTHONPATH": str(tmp_path), "PATH": "/usr/bin:/bin"},
                            capture_output=True, text=True, check=False)
    assert result.returncode != 0 and "BROKEN" in result.stdout


def test_the_registry_knows_no_web_framework():
    for path in (p for p in PYTHON if p.is_relative_to(ROOT / "registry")):
        assert not {i for i in imports(path) if i.split(".")[0] in ("flask", "werkzeug", "gunicorn")}, path


def test_nobody_but_settings_reads_the_environment():
    # local builds the environment of the programs it starts; commands of a shell are not settings.
    allowed = {ROOT / "registry" / "settings.py"}
    for path in PYTHON:
        if path in allowed or path.is_relative_to(ROOT / "registry" / "local"):
            continue
        assert not re.search(r"\bos\.(environ|getenv)\b", path.read_text(encoding="utf-8")), path


def test_sql_sentences_stand_in_their_rooms_only():
    rooms = ("registry/sql", "registry/store", "registry/schema", "registry/db", "registry/history", "registry/audit",
             "registry/indicators", "registry/coverage", "registry/local", "registry/scope")
    sentence = re.compile(r"[\"'](SELECT|INSERT INTO|UPDATE|DELETE FROM|CREATE|ALTER|DROP) [A-Za-z*(\"{]")
    for path in PYTHON:
        place = path.relative_to(ROOT).as_posix()
        if not place.startswith(rooms):
            assert not sentence.search(path.read_text(encoding="utf-8")), place


def test_every_sql_file_is_used_and_says_what_it_binds():
    code = "\n".join(p.read_text(encoding="utf-8") for p in PYTHON)
    for path in SQL:
        assert re.search(rf"[\"']{path.stem}[\"']", code), f"{path.name} is not used"


def test_no_file_holds_more_than_one_subject():
    for path in PYTHON:
        lines = path.read_text(encoding="utf-8").count("\n")
        assert lines <= 320, f"{path.relative_to(ROOT)} has {lines} lines"
    assert not [p for p in PYTHON if p.name == "utils.py"]


def test_every_module_says_whose_room_it_is():
    for path in PYTHON:
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), path


def test_every_error_has_both_languages_an_exit_code_and_a_status():
    from api.errors import STATUS
    from registry import errors

    kinds = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.RegistryError)]
    for kind in kinds:
        assert kind.zh != kind.en and isinstance(kind.exit_code, int) and 0 < kind.exit_code < 128
        of_zh, of_en = ({m.group(1).removesuffix(f"_{lang}") for m in re.finditer(r"{(\w+)", kind.__dict__.get(lang, ""))}
                        for lang in ("zh", "en"))
        assert of_zh == of_en, kind
        if kind is not errors.RegistryError:
            assert any(c in STATUS for c in kind.__mro__), f"{kind.__name__} has no status in api/errors.py"


def test_settings_stand_in_the_readme_and_nowhere_else():
    from registry.settings import SETTINGS

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for setting in SETTINGS:
        assert setting.name in text, f"README does not name {setting.name}"


def test_the_pages_of_classes_and_indicators_are_what_the_declarations_say():
    import importlib.util

    spec = importlib.util.spec_from_file_location("docs_make", ROOT / "docs" / "make.py")
    make = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(make)
    for name, write in make.PAGES.items():
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == write(), f"run python docs/make.py ({name})"


def test_every_command_stands_in_the_readme():
    from registry.cli import main

    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for name in main.list_commands(None):
        assert f"registry {name}" in text, f"README does not show registry {name}"


def test_a_renamed_field_is_noticed():
    """Renaming a field silently gives NULL in the view: the names of what is stored are kept beside."""
    import json

    from registry import catalogue

    kept = json.loads((Path(__file__).parent / "catalogue_snapshot.json").read_text(encoding="utf-8"))
    now = {k.key: {f.key: [f.type, f.column] for f in k.fields} for k in catalogue.load().kinds}
    lost = {f"{c}.{f}" for c, fields in kept.items() for f, v in fields.items() if now.get(c, {}).get(f) != v}
    assert not lost, f"renamed or retyped without a migration: {sorted(lost)}"
    new = {f"{c}.{f}" for c, fields in now.items() for f in fields if f not in kept.get(c, {})}
    assert not new, f"new fields: run python tests/house/snapshot.py and commit it: {sorted(new)}"
