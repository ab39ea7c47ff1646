"""Whether degrees that claim to be CGCS2000 are those of a public map: they lie where the city's own would be, shifted."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from sqlalchemy import Connection

from etl.crs import Crs, Sample
from etl.layer import Note
from registry.kinds import FeatureKind
from registry.shifted import SHIFTED
from registry.store import beside

PLACES = 100   # of the sample that are looked up
FEW = 10       # below so many nothing is said
MOST = 0.6     # share that fits when shifted …
LEAST = 0.2    # … and at most so much as it is


def shifted_against_live(conn: Connection, kind: FeatureKind, city: str, place: Crs, sample: Sample) -> Iterator[Note]:
    """A warning where the file, or what the city holds of the class, seems to be GCJ-02 or BD-09 under another name."""
    if place.way is not None or len(sample.xy) < FEW:
        return
    xy = place.to_stored(sample.xy[np.linspace(0, len(sample.xy) - 1, min(PLACES, len(sample.xy))).astype(int)])
    if beside.share(conn, kind, city, xy) > LEAST:
        return
    for shift in SHIFTED:
        if (fits := beside.share(conn, kind, city, shift.back(xy))) >= MOST:
            yield (f"坐标像是 {shift.key}：按声明几乎都不在已有的{kind.title.zh}上，反算后 {fits:.0%} 在；若是，请用 --crs {shift.key} 重新导入",
                   f"the coordinates look like {shift.key}: as declared hardly any lies on the {kind.title.en} that is there, taken "
                   f"back {fits:.0%} do; if so, load again with --crs {shift.key}")
            return
        if (fits := beside.share(conn, kind, city, shift.shift(xy))) >= MOST:
            yield (f"已有的{kind.title.zh}像是 {shift.key}：把本文件偏移成 {shift.key} 后 {fits:.0%} 与之重合；请核对以前的导入",
                   f"the {kind.title.en} that is there looks like {shift.key}: shifted to it {fits:.0%} of this file lies on it; "
                   "check the earlier load")
            return
