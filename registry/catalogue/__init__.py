"""What the city owns: every class and zone kind, found in this package and in the bureau's own folders."""

from __future__ import annotations

import importlib.util
import pkgutil
import re
import sys
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType, ModuleType

from registry import settings
from registry.errors import BadDeclaration, UnknownClass
from registry.kinds import AssetClass, FeatureKind, ZoneKind

KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,47}")


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All declarations, in the order of the modules and of the lines in them."""

    classes: Mapping[str, AssetClass]
    zones: Mapping[str, ZoneKind]
    _files: Mapping[str, Path] = field(repr=False)

    @property
    def kinds(self) -> tuple[FeatureKind, ...]:
        """Classes, then zone kinds."""
        return (*self.classes.values(), *self.zones.values())

    def kind(self, key: str) -> FeatureKind:
        """The class or zone kind of this key."""
        found = self.classes.get(key) or self.zones.get(key)
        if found is None:
            raise UnknownClass(key=key, known=", ".join((*self.classes, *self.zones)))
        return found

    def where(self, key: str) -> Path:
        """The file that declares a key."""
        return self._files[self.kind(key).key]


def load() -> Catalogue:
    """The catalogue of this package and of the folders in the setting, read once for each set of folders."""
    folders = settings.catalogue_folders()
    return _load(tuple(dict.fromkeys(p.absolute() for p in folders)) if folders else ())


def forget() -> None:
    """Makes the next load() read the declarations again."""
    _load.cache_clear()


@lru_cache(maxsize=32)
def _load(folders: tuple[Path, ...]) -> Catalogue:
    found: dict[str, FeatureKind] = {}
    files: dict[str, Path] = {}
    seen: set[int] = set()  # a bureau's module may import a class of ours: the same object is no second one
    for module, file in _modules(folders):
        for kind in vars(module).values():
            if not isinstance(kind, AssetClass | ZoneKind) or id(kind) in seen:
                continue
            seen.add(id(kind))
            _check(kind, file)
            if kind.key in found:
                raise _wrong(file, f"类别 {kind.key} 已在 {files[kind.key]} 中声明",
                             f"{kind.key} is already declared in {files[kind.key]}")
            found[kind.key], files[kind.key] = kind, file
    return Catalogue(MappingProxyType({k: v for k, v in found.items() if isinstance(v, AssetClass)}),
                     MappingProxyType({k: v for k, v in found.items() if isinstance(v, ZoneKind)}),
                     MappingProxyType(files))


def _modules(folders: tuple[Path, ...]) -> Iterator[tuple[ModuleType, Path]]:
    for info in pkgutil.iter_modules(__path__):
        name = f"{__name__}.{info.name}"
        file = Path(__path__[0]) / f"{info.name}.py"
        try:
            yield importlib.import_module(name), file
        except Exception as error:
            raise _failed(file, error) from error
    for folder in folders:
        if not folder.is_dir():
            raise _wrong(folder, "没有这个文件夹（设置 REGISTRY_CATALOGUE）",
                         "there is no such folder (setting REGISTRY_CATALOGUE)")
        yield from _folder(folder)


def _folder(folder: Path) -> Iterator[tuple[ModuleType, Path]]:
    """The modules of a bureau's folder, under a private package so that they may import one another."""
    name = "_registry_catalogue_" + sha256(str(folder).encode(errors="surrogateescape")).hexdigest()[:12]
    for old in [m for m in sys.modules if m == name or m.startswith(name + ".")]:
        del sys.modules[old]
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules[name] = package
    importlib.invalidate_caches()
    for file in sorted(p for p in folder.glob("*.py") if p.name != "__init__.py"):
        full = f"{name}.{file.stem}"
        if full not in sys.modules:
            try:
                _run(full, file)
            except Exception as error:
                sys.modules.pop(full, None)
                raise _failed(file, error) from error
        yield sys.modules[full], file


def _run(name: str, file: Path) -> None:
    spec = importlib.util.spec_from_file_location(name, file)
    assert spec is not None and spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def _check(kind: FeatureKind, file: Path) -> None:
    """What a declaration cannot see by itself, or would show only when it is used."""
    if not KEY.fullmatch(kind.key):
        raise _wrong(file, f"类别 {kind.key!r} 的名字应为字母开头的字母、数字、下划线，至多 48 个",
                     f"key {kind.key!r} must be letters, digits and _, a letter first, at most 48")
    columns = [f.column for f in kind.fields if f.column]
    if twice := sorted({c for c in columns if columns.count(c) > 1}):
        raise _wrong(file, f"类别 {kind.key}：两个字段都填列 {twice}", f"{kind.key}: two fields fill {twice}")
    try:
        for codes in kind.code_lists.values():
            _ = codes._index  # built on first use; a word with two meanings shows here
    except ValueError as error:
        raise _failed(file, error) from error
    for name in (getattr(kind, "count_by", None), getattr(getattr(kind, "in_service", None), "field", None)):
        if name and name not in kind.by_key:
            raise _wrong(file, f"类别 {kind.key}：没有字段 {name}", f"{kind.key}: {name} is not a field")


def _failed(file: Path, error: Exception) -> BadDeclaration:
    if isinstance(error, SyntaxError):
        line = error.lineno or 1
        return _wrong(file, f"第 {line} 行语法错误：{error.msg}", f"syntax error in line {line}: {error.msg}")
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == str(file)]
    at_zh, at_en = (f"第 {lines[-1]} 行：", f"line {lines[-1]}: ") if lines else ("", "")
    what = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
    return _wrong(file, at_zh + what, at_en + what)


def _wrong(file: Path, zh: str, en: str) -> BadDeclaration:
    return BadDeclaration(where=file, why_zh=zh, why_en=en)
