"""Is there what the lab takes? One module for each side that is examined."""

from __future__ import annotations

from mllab_helpers.doctor.doctor import check, examine
from mllab_helpers.doctor.findings import OK, STOP, WARNING, Finding

__all__ = ["OK", "STOP", "WARNING", "Finding", "check", "examine"]
