"""Eyes: what of a sight decides what it shows, as text; whoever has the same text sees the same of the same rows."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable

from registry.db.limits import BY_PLACE
from registry.kinds import FeatureKind
from registry.scope.principal import Mask
from registry.scope.sight import Sight


def eyes(sight: Sight, kinds: Iterable[FeatureKind]) -> str:
    """Scope, rights, masks and moments, never who it is: two tokens of the same scope share what is kept for one."""
    principal = sight.principal
    told = {"scope": principal.scope.as_dict(), "rights": sorted(principal.rights),
            "masks": {k.key: _mask(m) for k in kinds if not (m := principal.mask(k.key)).open},
            "as_of": sight.as_of.isoformat() if sight.as_of else None, "on": sight.on.isoformat() if sight.on else None,
            # Which edition of the zones holds is a matter of the database's day.
            "day": dt.datetime.now(dt.UTC).date().isoformat() if beside(sight) else None}
    return json.dumps(told, ensure_ascii=False, sort_keys=True)


def beside(sight: Sight) -> tuple[str, ...]:
    """Kinds of zones whose rows decide as well which rows of other kinds are seen."""
    return tuple(kind for part, kind in BY_PLACE.items() if getattr(sight.principal.scope, part))


def _mask(mask: Mask) -> list[object]:
    return [mask.read, sorted((k, sorted(v)) for k, v in mask.values.items()), sorted(mask.fields), mask.coarse_degrees]
