"""The gain curve of an answer: how much is covered after each site, as a picture (SVG), a page or a table."""

from __future__ import annotations

import csv
import io
from html import escape
from typing import Any

from registry.kinds import Label

FORMS = ("svg", "html", "csv")
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP, _RIGHT = 640, 320, 56, 44, 20, 16
SITES, COVERED = Label("新增设施（处）", "New sites"), Label("覆盖率（%）", "Covered (%)")


def made(told: dict[str, Any], form: str, lang: str = "zh") -> str:
    """The curve of an answer in one of FORMS."""
    return {"svg": svg, "html": page, "csv": table}[form](told, lang)


def svg(told: dict[str, Any], lang: str = "zh") -> str:
    """Coverage in percent over the number of sites, from none on; empty where there is no land to be covered."""
    points = [(p["sites"], p["covered_percent"]) for p in told["curve"] if p["covered_percent"] is not None]
    if not points:
        return ""
    most, (low, high) = max(points[-1][0], 1), _range(points)

    def at(n: float, value: float) -> tuple[float, float]:
        return (round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * n / most, 1),
                round(_TOP + (_HEIGHT - _TOP - _BOTTOM) * (high - value) / (high - low), 1))

    step = max(1, -(-most // 10))
    lines = [_line(at(0, v), at(most, v)) + _text(_LEFT - 8, at(0, v)[1] + 4, f"{v:g}", "end")
             for v in (low + (high - low) * n / 4 for n in range(5))]
    ticks = [_text(at(n, low)[0], _HEIGHT - _BOTTOM + 18, str(n), "middle") for n in range(0, most + 1, step)]
    dots = [f'<circle cx="{x}" cy="{y}" r="3" fill="#1565c0"><title>{n}: {v:.2f} %</title></circle>'
            for (n, v), (x, y) in ((p, at(*p)) for p in points)]
    way = " ".join(f"{x},{y}" for x, y in (at(*p) for p in points))
    title = escape(COVERED.get(lang))
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}" '
            f'font-family="sans-serif" font-size="12" role="img" aria-label="{title}">'
            f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>{"".join(lines)}{"".join(ticks)}'
            f'<polyline points="{way}" fill="none" stroke="#1565c0" stroke-width="2"/>{"".join(dots)}'
            f'{_text(_LEFT, 14, COVERED.get(lang), "start")}'
            f'{_text(_WIDTH - _RIGHT, _HEIGHT - 8, SITES.get(lang), "end")}</svg>')


def page(told: dict[str, Any], lang: str = "zh") -> str:
    """The curve and its numbers as a page of its own."""
    head = "".join(f'<th scope="col">{name}</th>' for name in told["curve"][0])
    rows = "".join("<tr>" + "".join(f"<td>{_shown(p[c])}</td>" for c in p) + "</tr>" for p in told["curve"])
    title = escape(told["title"][lang])
    return (f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8"><title>{title}</title></head>\n'
            f"<body><h1>{title}</h1>\n{svg(told, lang)}\n<table>\n<thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>"
            "</body></html>\n")


def table(told: dict[str, Any], lang: str = "zh") -> str:
    """One line for each number of sites, from none on; CSV by RFC 4180, unrounded."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(told["curve"][0])
    writer.writerows(p.values() for p in told["curve"])
    return out.getvalue()


def _range(points: list[tuple[int, float]]) -> tuple[float, float]:
    """Whole tens around what is shown, so that the curve fills the picture."""
    low = 10 * int(min(v for _, v in points) // 10)
    high = min(100, 10 * -int(-max(v for _, v in points) // 10))
    return float(low), float(max(high, low + 10))


def _line(start: tuple[float, float], end: tuple[float, float]) -> str:
    return f'<line x1="{start[0]}" y1="{start[1]}" x2="{end[0]}" y2="{end[1]}" stroke="#d5dae0"/>'


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" fill="#37474f">{escape(words)}</text>'


def _shown(value: Any) -> str:
    return "—" if value is None else f"{value:,.2f}" if isinstance(value, float) else str(value)
