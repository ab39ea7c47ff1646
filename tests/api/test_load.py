"""Many clients at once, reading and editing: everyone is answered, a refusal is an honest one, memory does not grow."""

from __future__ import annotations

from pathlib import Path

import pytest
from editors import token
from running import running

from benchmarks.serving.export import rss_mb
from benchmarks.traffic import Traffic, run

ROADS = "/collections/road/items"


@pytest.fixture(params=[pytest.param((24, 8, 1), id="few"), pytest.param((200, 60, 2), id="many", marks=pytest.mark.long)])
def load(request: pytest.FixtureRequest) -> tuple[int, int, int]:
    """Connections, seconds and workers."""
    found: tuple[int, int, int] = request.param
    return found


@pytest.mark.timeout(180)
def test_many_clients_reading_and_editing_are_all_answered_and_memory_does_not_grow(
        served: str, load: tuple[int, int, int], tmp_path: Path, client: object) -> None:
    connections, seconds, workers = load
    ids = [f["id"] for f in client.get(f"{ROADS}?limit=100").json["features"]]  # type: ignore[attr-defined]
    asked = Traffic({
        "items": [f"{ROADS}?limit=100"], "bbox": [f"{ROADS}?bbox=120.5,30,120.55,30.01&limit=5"],
        "tile": ["/collections/road/tiles/WebMercatorQuad/14/6756/13676"], "item": [f"{ROADS}/{ids[-1]}"],
        "indicator": ["/indicators/intact_rate?class=road"]}, [f"{ROADS}/{i}" for i in ids[:3]], token())
    with running(tmp_path, workers=workers, REGISTRY_DATABASE_URL=served) as service:
        seen = run("127.0.0.1", service.port, asked, connections=connections, seconds=seconds,
                   memory_mb=lambda: rss_mb(service.pid))
        said = service.said
    assert seen.wrong == {} and seen.unkind == 0 and not seen.broken, (seen.wrong, seen.broken, said)
    assert "Traceback" not in said
    answered = {kind: count[200] for kind, count in seen.statuses.items()}
    assert {*asked.paths, "edit", "edited"} == set(answered) and min(answered.values()) >= 3, answered
    assert seen.growth < 1.25, seen.memory_mb
