"""Backups: all that the registry holds in one file, and back, with an identical audit chain."""

from registry.backup.archive import Archive, Writer
from registry.backup.restore import restore
from registry.backup.save import save

__all__ = ["Archive", "Writer", "restore", "save"]
