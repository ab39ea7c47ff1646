"""FlatGeobuf without an index: written front to back, since its index would need all boxes in memory."""

from __future__ import annotations

from pathlib import Path

from registry.export.content import Content
from registry.export.format import Format
from registry.kinds import Label


def _write(content: Content, path: Path) -> None:
    from registry.export import arrow  # half a second and 60 MB, for those who write it

    arrow.write(content, path, "FlatGeobuf", layer=content.kind.key, layer_options={"SPATIAL_INDEX": "NO"})


FORMAT = Format("fgb", ".fgb", "application/flatgeobuf", Label("FlatGeobuf", "FlatGeobuf"), "key", write=_write,
                placeless=False)  # it holds such rows, but GDAL's Arrow reader ends the whole process at one (3.12)
