"""What records of the city may name: its districts, zones and assets, each looked up once for all rows of a load."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, text

from registry import catalogue
from registry.errors import BadValue
from registry.scope import Sight
from registry.store import divisions, records


class Known:
    """Answers by what is seen; None for what is not there."""

    def __init__(self, conn: Connection, sight: Sight, city: str) -> None:
        self.conn, self.sight, self.city = conn, sight, city
        self._found: dict[tuple[Any, ...], Any] = {}

    def district(self, said: str) -> str | None:
        """The code of a district by code or name; where the city has no districts whatever is said."""
        return self._once(("district", said), self._district)

    def zone(self, kind: str, code: str) -> bool:
        """Whether the city has a zone of this kind and code."""
        return kind in catalogue.load().zones and bool(self._once(("zone", kind, code), self._zone))

    def class_of(self, asset_id: int) -> str | None:
        """The class of an asset by its id."""
        return self._once(("asset", asset_id), self._class_of)

    def id_of(self, cls: str, code: str) -> int | None:
        """The id of an asset by its code."""
        return self._once(("code", cls, code), self._id_of)

    # -- inside ----------------------------------------------------------------------------------
    def _once(self, key: tuple[Any, ...], look: Any) -> Any:
        if key not in self._found:
            self._found[key] = look(*key[1:])
        return self._found[key]

    def _district(self, said: str) -> str | None:
        try:
            return records.district(self.conn, self.sight, self.city, said)
        except BadValue:
            return None

    def _zone(self, kind: str, code: str) -> bool:
        seen = divisions.zones(kind, self.sight)
        found = text(f"SELECT EXISTS (SELECT FROM {seen.text} z WHERE z.kind = :kind AND z.city = :city AND z.code = :code)")
        return self.conn.execute(found, {"kind": kind, "city": self.city, "code": code, **seen.values}).scalar_one() is True

    def _class_of(self, asset_id: int) -> str | None:
        found = records.holder(self.conn, self.sight, self.city, asset_id, deleted=True)
        return None if found is None else str(found._mapping["class"])

    def _id_of(self, cls: str, code: str) -> int | None:
        seen = records.assets(self.sight, records.classes(self.sight, cls))
        return self.conn.execute(text(
            f"SELECT a.id FROM {seen.text} a WHERE a.class = :class AND a.city = :city AND a.code = :code"),
            {"class": cls, "city": self.city, "code": code, **seen.values}).scalar()
