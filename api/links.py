"""Links: absolute URLs of our own resources, and the Link header that mirrors those of the body."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, urlencode

from flask import g

from api import hosts

Link = dict[str, Any]
LONGEST_HEADER = 2_600  # nginx takes 4,096 bytes for all fields of an answer unless it is told otherwise
NEXT = '; rel="next"'
PRINTED = frozenset({"rel", "href", "type", "hreflang"})


def base() -> str:
    """Root of all links, without the slash at its end."""
    if "base" not in g:
        g.base = hosts.root()
    return str(g.base)


def url(path: str, params: Mapping[str, Any] | None = None) -> str:
    """Absolute URL of a path of ours."""
    return base() + quote(path) + _query(params or {})


def _query(params: Mapping[str, Any]) -> str:
    query = urlencode({k: v for k, v in params.items() if v is not None}, safe=",:/", quote_via=quote)
    return f"?{query}" if query else ""


def link(rel: str, href: str, media: str, title: str | None = None) -> Link:
    """One link object."""
    made = {"rel": rel, "href": href, "type": media}
    return made | ({"title": title} if title else {})


def template(rel: str, path: str, params: Mapping[str, Any], media: str, title: str) -> Link:
    """A link whose path has variables in braces (`templated`, OGC API – Common)."""
    return {**link(rel, base() + quote(path, safe="/{}") + _query(params), media, title), "templated": True}


def header(links: Iterable[Link], *, alone: bool = False) -> str:
    """The value of the Link header (/rec/core/link-header); titles stay in the body, which may be Chinese, and templates, which are
    no addresses. Where a long question makes them too many bytes for a proxy, the first ones that fit, `next` before all.

    alone: the body has none. Then `next` is told however long it is: without it a page would pass for the whole.
    """
    told = ["<{}>; {}".format(ln["href"], "; ".join(f'{k}="{v}"' for k, v in ln.items() if k in PRINTED and k != "href"))
            for ln in sorted(links, key=lambda ln: ln["rel"] != "next") if not ln.get("templated")]
    sizes = itertools.accumulate(len(one) + 2 for one in told)
    fits = [one for one, size in zip(told, sizes, strict=True) if size <= LONGEST_HEADER]
    return ", ".join(fits or [one for one in told[:1] if alone and NEXT in one])
