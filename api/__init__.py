"""The web of the registry: OGC API – Features, figures and a map, over the rooms of `registry`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from flask import Blueprint, Flask

from api import body, compression, cors, errors, hosts, html, limits, logs, queries, security, short
from registry import settings
from registry.plans import library
from registry.scope import public


def create_app() -> Flask:
    """The application. It opens the database with the first request that needs it; a wrong setting is told now.

    BadValue: a setting is wrong. BadFile: what REGISTRY_PUBLIC names is. BadDeclaration: a plan of REGISTRY_PLANS is.
    """
    settings.check()
    public()  # a wrong file of what anybody may see is told before anybody sees anything
    library.every()  # and a wrong plan before anybody asks for it
    app = Flask(__name__)
    app.url_map.merge_slashes = False  # `/collections//road` is not there, rather than elsewhere
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    # In this order: what stands first sees a request first and its answer last.
    for room in (short, logs, errors, hosts, queries, compression, security, cors, limits, body, html):
        room.install(app)
    for blueprint in blueprints():
        app.register_blueprint(blueprint)
    return app


def blueprints() -> Iterator[Blueprint]:
    """The blueprint of every module of this package that has one, found and not listed."""
    for info in pkgutil.iter_modules(__path__):
        for value in vars(importlib.import_module(f"{__name__}.{info.name}")).values():
            if isinstance(value, Blueprint) and value.import_name == f"{__name__}.{info.name}":
                yield value


__all__ = ["create_app"]
