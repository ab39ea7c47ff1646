"""A TOML table that is emptied as it is read, so that what nobody reads is found and named."""

from __future__ import annotations

from typing import Any

from registry.errors import BadDeclaration

CONFIDENCE = ("found", "high", "med", "low")
REQUIRED = object()


class TomlTable:
    """One table of a file. Every wrong key raises BadDeclaration with file, key and value."""

    def __init__(self, data: dict[str, Any], file: str, path: str = "") -> None:
        self.data, self.file, self.path = dict(data), file, path

    def take(self, key: str, kind: type | tuple[type, ...], default: Any = REQUIRED) -> Any:
        if key not in self.data:
            if default is REQUIRED:
                raise self.wrong(key, "缺少", "is missing")
            return default
        value = self.data.pop(key)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.wrong(key, f"的值 {value!r} 类型不对", f"has a value of the wrong type: {value!r}")
        return value

    def text(self, key: str, default: Any = REQUIRED) -> Any:
        value = self.take(key, str, default)
        if value is not None and not value.strip():
            raise self.wrong(key, "为空", "is empty")
        return value

    def number(self, key: str, default: Any = REQUIRED) -> Any:
        value = self.take(key, (int, float), default)
        if value is not None and not 0 <= value < float("inf"):
            raise self.wrong(key, f"的值 {value} 不能为负", f"must not be negative: {value}")
        return None if value is None else float(value)

    def one_of(self, key: str, known: tuple[str, ...], default: Any = REQUIRED) -> Any:
        value = self.text(key, default)
        if value not in known:
            raise self.wrong(key, f"的值 {value!r} 应为 {', '.join(known)} 之一", f"must be one of {', '.join(known)}: {value!r}")
        return value

    def values(self, key: str) -> dict[str, tuple[Any, ...]]:
        """Field → values, as `where = { alliance = [false], toilet_class = ["first"] }` has it; {} where it is not there."""
        made = {}
        for name, given in self.take(key, dict, {}).items():
            listed = given if isinstance(given, list) else [given]
            if not listed or not all(isinstance(v, str | int | float | bool) for v in listed):
                raise self.wrong(f"{key}.{name}", f"的值 {given!r} 应为一个值或一列值", f"needs a value or a list of values: {given!r}")
            made[name] = tuple(listed)
        return made

    def tables(self, key: str) -> dict[str, TomlTable]:
        """The tables under a key, by their names."""
        return {name: TomlTable(self._table(each, f"{key}.{name}"), self.file, self._place(f"{key}.{name}"))
                for name, each in self.take(key, dict).items()}

    def many(self, key: str, default: Any = REQUIRED) -> list[TomlTable]:
        """The tables of a list."""
        return [TomlTable(self._table(each, f"{key}[{n}]"), self.file, self._place(f"{key}[{n}]"))
                for n, each in enumerate(self.take(key, list, default))]

    def done(self) -> None:
        if self.data:
            raise self.wrong(", ".join(self.data), "不认识", "is not known here")

    def wrong(self, key: str, zh: str, en: str) -> BadDeclaration:
        place = self._place(key)
        return BadDeclaration(where=self.file, why_zh=f"{place} {zh}".strip(), why_en=f"{place} {en}".strip())

    def _place(self, key: str) -> str:
        return ".".join(p for p in (self.path, key) if p)

    def _table(self, value: Any, key: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise self.wrong(key, "应为表", "must be a table")
        return value
