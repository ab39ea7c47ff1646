"""GeoParquet 1.1: WKB in row groups, with the metadata that the specification asks for; GDAL's wheels have no driver."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from registry.export.content import Content
from registry.export.format import Format
from registry.kinds import Label

VERSION = "1.1.0"


def metadata(content: Content, geometry: str) -> dict[str, Any]:
    """What stands under `geo` in the file: the one column of geometry, its types and its CRS as PROJJSON."""
    from registry.export import arrow

    column = {"encoding": "WKB", "geometry_types": sorted(arrow.types(content)), "crs": content.crs.to_json_dict()}
    return {"version": VERSION, "primary_column": geometry, "columns": {geometry: column}}


def _write(content: Content, path: Path) -> None:
    import pyarrow.parquet as pq

    from registry.export import arrow

    geometry = arrow.free("geometry", content)
    made = arrow.schema(content, geometry)
    made = made.with_metadata({"geo": json.dumps(metadata(content, geometry), ensure_ascii=False)})
    with pq.ParquetWriter(path, made, compression="zstd") as writer:
        for batch in arrow.batches(content, made):
            writer.write_batch(batch)


FORMAT = Format("parquet", ".parquet", "application/vnd.apache.parquet", Label("GeoParquet", "GeoParquet"), "key", write=_write)
