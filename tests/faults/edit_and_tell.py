"""Small edits, one a transaction: each writes the editor's own lamp and one shared by all, and is acknowledged on stdout."""

from __future__ import annotations

import itertools
import sys

import shapely

from registry import db
from registry.catalogue import load
from registry.errors import RegistryError
from registry.store import cities
from registry.store.staging import put_many

SHARED = "S"


def main(who: str, count: int) -> None:
    lamp, here = load().kind("streetlight"), shapely.Point(120, 30)
    with db.connect() as conn:
        city = cities.get(conn, "demo")
    print("ready", flush=True)
    for n in itertools.islice(itertools.count(1), count):
        with db.begin() as conn:
            put_many(conn, lamp, city, [{"code": code, "name": f"{who}-{n}", "geom": here} for code in (who, SHARED)],
                     actor=who, reason=f"{who}-{n}")
        print(n, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]))
    except RegistryError as error:
        print(error.message("zh"), error.message("en"), sep="\n", file=sys.stderr)
        sys.exit(error.exit_code)
