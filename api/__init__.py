"""The web of the registry: OGC API – Features, figures and a map, over the rooms of `registry`."""

from __future__ import annotations

from flask import Flask

from api import body, cors, errors, html, limits, logs, security
from registry import settings


def create_app() -> Flask:
    """The application. It opens the database with the first request that needs it; a wrong setting is told now."""
    settings.check()
    from api.attachments import attachments
    from api.collections import collections
    from api.defects import defects
    from api.figures import figures
    from api.inspections import inspections
    from api.items import items
    from api.landing import landing
    from api.map import map_
    from api.ownership import ownership
    from api.versions import versions

    app = Flask(__name__)
    app.url_map.merge_slashes = False  # `/collections//road` is not there, rather than elsewhere
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    # In this order: what stands first sees a request first and its answer last.
    for room in (logs, errors, security, cors, limits, body, html):
        room.install(app)
    for blueprint in (landing, collections, items, figures, map_, versions, inspections, defects, ownership, attachments):
        app.register_blueprint(blueprint)
    return app


__all__ = ["create_app"]
