"""GeoPackage: one layer, indexed, with the titles of the fields as aliases."""

from __future__ import annotations

from pathlib import Path

from registry.export.content import Content
from registry.export.format import Format
from registry.kinds import Label


def _write(content: Content, path: Path) -> None:
    from registry.export import arrow

    arrow.write(content, path, "GPKG", layer=content.kind.key, layer_options={"FID": arrow.free("fid", content)},
                dataset_options={"ADD_GPKG_OGR_CONTENTS": "YES"})


FORMAT = Format("gpkg", ".gpkg", "application/geopackage+sqlite3", Label("GeoPackage", "GeoPackage"), "key", write=_write)
