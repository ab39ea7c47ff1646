"""Units: what machines call the units that fields are printed with (UCUM, case sensitive)."""

from __future__ import annotations

# Things that are counted are annotations of 1, since UCUM has no lamps.
UCUM = {
    "m": "m", "m²": "m2", "mm": "mm", "W": "W", "%": "%", "°": "deg", "t/d": "t/d", "年": "a", "次/日": "{times}/d",
    "万元": "10*4.{CNY}", "人": "{person}", "户": "{household}", "个": "{piece}", "孔": "{duct}", "台": "{set}",
    "株": "{tree}", "盏": "{lamp}", "条": "{lane}", "舱": "{cell}",
}
