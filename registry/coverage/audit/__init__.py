"""What an auditor needs of a coverage: hashes of what it was made of, its sensitivity, an independent check, the whole as a file."""

from registry.coverage.audit.bundle import write
from registry.coverage.audit.check import CELLS_M, TOLERANCE_POINTS
from registry.coverage.audit.evidence import crs_name, evidence

__all__ = ["CELLS_M", "TOLERANCE_POINTS", "crs_name", "evidence", "write"]
