"""Is there what the lab takes? One module for each side that is examined."""

from __future__ import annotations

from mllab_helpers.doctor.doctor import check

__all__ = ["check"]
