"""What anybody may see without a token: what the declarations restrict, and what a bureau's own file says instead."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from registry import catalogue, settings
from registry.errors import BadFile
from registry.kinds import FeatureKind
from registry.scope.principal import Mask, Principal, Right

Stamp = tuple[int, int, int, int]
Stamped = tuple[str, Stamp | None]
KEYS = {"read", "hide", "show", "coarse_degrees", "values"}


def public() -> Principal:
    """The principal of requests without a token. BadFile when the file of the setting REGISTRY_PUBLIC is wrong."""
    path, stamp = stamped()
    try:
        return _public(path, stamp, catalogue.load())
    except (TypeError, AttributeError) as error:  # a list where a table should be, and the like
        raise _wrong(path, f"结构不对（{error}）", f"it is not built as it must be ({error})") from error


def stamped() -> Stamped:
    """Where it is said what the public may see, and which file that is: as long as it is the same, so is the principal."""
    path = settings.get("REGISTRY_PUBLIC")
    return path, _stamp(Path(path)) if path else None


def _stamp(path: Path) -> Stamp:
    try:
        found = path.stat()
        # One that was put in its place may be as old; when it was put there is not for everybody to say.
        return found.st_mtime_ns, found.st_ctime_ns, found.st_ino, found.st_size
    except OSError as error:
        raise BadFile(file=str(path), why_zh=f"打不开（{error.strerror}）", why_en=f"cannot be opened ({error.strerror})") from error


@lru_cache(maxsize=8)
def _public(path: str, stamp: Stamp | None, known: catalogue.Catalogue) -> Principal:
    said = _read(Path(path)) if path else {}
    classes = said.get("classes", {})
    if unknown := set(classes) - {k.key for k in known.kinds}:
        raise _wrong(path, f"没有类别 {sorted(unknown)}", f"no class {sorted(unknown)}")
    masks = {k.key: _mask(path, k, classes.get(k.key, {})) for k in known.kinds}
    figures = said.get("figures", True)
    if said.keys() - {"figures", "classes"} or not isinstance(figures, bool):
        raise _wrong(path, "只有 figures（true 或 false）和 classes", "only figures (true or false) and classes are known")
    rights = {Right.READ, Right.FIGURES} if figures else {Right.READ}
    return Principal("public", "public", frozenset(rights), masks={k: m for k, m in masks.items() if not m.open})


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadFile(file=str(path), why_zh=f"不是 TOML：{error}", why_en=f"it is not TOML: {error}") from error


def _mask(path: str, kind: FeatureKind, said: Mapping[str, Any]) -> Mask:
    """The declared restrictions of a kind, with what the file says instead."""
    if not isinstance(said, dict) or (unknown := set(said) - KEYS):
        raise _wrong(path, f"{kind.key}：不认识 {sorted(unknown) if isinstance(said, dict) else said!r}",
                     f"{kind.key}: unknown {sorted(unknown) if isinstance(said, dict) else said!r}")
    values = {f.key: tuple(c.value for c in f.codes.codes if c.restricted) for f in kind.fields if f.codes}
    values |= {k: tuple(v) for k, v in said.get("values", {}).items()}
    fields = {f.key for f in kind.fields if f.restricted} | set(said.get("hide", ())) - set(said.get("show", ()))
    for key in (*values, *fields, *said.get("show", ())):
        if key not in kind.by_key:
            raise _wrong(path, f"{kind.key} 没有字段 {key}", f"{kind.key} has no field {key}")
    for key, hidden in values.items():
        codes = kind.by_key[key].codes
        if codes is None or set(hidden) - set(codes.values) - {""}:
            raise _wrong(path, f"{kind.key}.{key} 没有值 {list(hidden)}", f"{kind.key}.{key} has no values {list(hidden)}")
    coarse = said.get("coarse_degrees")
    if not (coarse is None or (isinstance(coarse, int | float) and 0 < coarse <= 10)) or not isinstance(said.get("read", True), bool):
        raise _wrong(path, f"{kind.key}：coarse_degrees 应在 0～10 之间，read 应为 true 或 false",
                     f"{kind.key}: coarse_degrees must lie within 0 and 10, read be true or false")
    return Mask(said.get("read", not kind.restricted), {k: v for k, v in values.items() if v}, frozenset(fields), coarse)


def _wrong(path: str, zh: str, en: str) -> BadFile:
    return BadFile(file=path, why_zh=zh, why_en=en)
