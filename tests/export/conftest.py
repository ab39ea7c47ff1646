"""The helpers of the tests of exports stand beside them."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # tests are imported by path: their neighbour has none otherwise
