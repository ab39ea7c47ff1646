"""What was stays readable: versions of a feature, deleted features, the feed of changes, everything as of a moment."""

from __future__ import annotations
