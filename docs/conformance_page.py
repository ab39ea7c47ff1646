"""The page of conformance: each class declared or not and why, each requirement with the tests that prove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from proofs import collected
from requirement_lists import ConformanceClass, Standard, load

from api import conformance
from registry.kinds import Label

HEAD = """# 标准符合性 · Conformance

由 `python docs/make.py` 从测试上的 `@pytest.mark.requirement` 和 `tests/conformance/requirements/` 生成，请勿手改。
声明的类就是 `/conformance` 所说的；声明了的类，每条要求至少有一个测试证明（`tests/conformance` 检查这一点）。
草案（draft、proposal）的编号可能再变。

Generated from the marks of the tests and from the lists of requirements; do not edit. The declared classes are those
of `/conformance`; each requirement of a declared class is proved by at least one test, which a test checks. The ids
of drafts may change.

"""


def conformance_page() -> str:
    """A table of the classes, then each with its requirements."""
    declared, proofs = set(conformance.classes()), collected()
    standards = load()
    lines = [HEAD + "| 标准 standard | 类 class | 声明 declared | 要求 requirements | 已证明 proved |", "|---|---|---|---|---|"]
    for standard in standards:
        lines += [_summary(standard, each, declared, proofs) for each in standard.classes]
    for standard in standards:
        lines.append(f"\n# {standard.title}")
        for each in standard.classes:
            lines += _class(each, declared, proofs)
    return "\n".join(lines) + "\n"


def _state(each: ConformanceClass, declared: set[str]) -> str:
    return "—" if each.uri is None else "✓" if each.uri in declared else "不声明 no"


def _summary(standard: Standard, each: ConformanceClass, declared: set[str], proofs: Mapping[str, Sequence[str]]) -> str:
    proved = sum(1 for r in each.requirements if r.path in proofs)
    return f"| {standard.title} | `{each.key}` | {_state(each, declared)} | {len(each.requirements)} | {proved} |"


def _class(each: ConformanceClass, declared: set[str], proofs: Mapping[str, Sequence[str]]) -> list[str]:
    lines = [f"\n## `{each.key}`\n"]
    if each.uri is not None:
        lines.append(f"`{each.uri}`" + ("" if each.uri in declared else "：不声明 not declared"))
    if each.why_not and each.uri not in declared:
        why = Label.of(each.why_not)
        lines.append(f"（{why.zh} · {why.en}）")
    lines += ["", "| 要求 requirement | 中文 | English | 测试 tests |", "|---|---|---|---|"]
    for requirement in each.requirements:
        text = Label.of(requirement.text)
        tests = "<br>".join(f"`{t.removeprefix('tests/')}`" for t in proofs.get(requirement.path, ()))
        lines.append(f"| `{requirement.path}` | {text.zh} | {text.en} | {tests or '**缺 none**'} |")
    return lines
