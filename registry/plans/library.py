"""The plans there are: ours and those of the bureau's own folder, by key."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from registry import settings
from registry.errors import BadDeclaration, UnknownPlan
from registry.plans.checks import check
from registry.plans.document import Plan, read

DOCUMENTS = Path(__file__).parent / "documents"


def every() -> list[Plan]:
    """All plans, by key; BadDeclaration says which file is wrong where."""
    return list(_every(_folder()).values())


def find(key: str) -> Plan:
    """The plan of this key; UnknownPlan names the known ones."""
    found = _every(_folder()).get(key)
    if found is None:
        raise UnknownPlan(key=key[:48], known=", ".join(_every(_folder())))
    return found


def _folder() -> Path | None:
    said = settings.get("REGISTRY_PLANS")
    return Path(said).absolute() if said else None


@lru_cache(maxsize=8)
def _every(folder: Path | None) -> Mapping[str, Plan]:
    """Ours, and a bureau's in the place of ours where both have the key."""
    found = _read(DOCUMENTS)
    if folder is not None:
        if not folder.is_dir():
            raise BadDeclaration(where=folder.name, why_zh="没有这个文件夹（设置 REGISTRY_PLANS）",
                                 why_en="there is no such folder (setting REGISTRY_PLANS)")
        found |= _read(folder)
    return MappingProxyType(dict(sorted(found.items())))


def _read(folder: Path) -> dict[str, Plan]:
    found: dict[str, Plan] = {}
    for file in sorted(folder.glob("*.toml")):
        try:
            plan = check(read(file.read_text(encoding="utf-8"), file.name))
        except (OSError, UnicodeDecodeError) as error:
            raise BadDeclaration(where=file.name, why_zh=f"读不了（{type(error).__name__}）",
                                 why_en=f"it cannot be read ({type(error).__name__})") from None
        if plan.key in found:
            raise BadDeclaration(where=file.name, why_zh=f"规划 {plan.key} 已在 {found[plan.key].file} 中",
                                 why_en=f"the plan {plan.key} stands in {found[plan.key].file} already")
        found[plan.key] = plan
    return found
