"""The way to the database: engine, migrations, and what `sync` makes of the declarations."""

from registry.db.checks import Check, checks
from registry.db.connection import at_hand, begin, connect, dispose, engine, reading, url
from registry.db.declarations import require, sync
from registry.db.migration import migrate, revision, wanted

__all__ = ["Check", "at_hand", "begin", "checks", "connect", "dispose", "engine", "migrate", "reading", "require", "revision",
           "sync", "url", "wanted"]
