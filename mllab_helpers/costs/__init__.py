"""What the lab has cost, and what costs money now."""

from __future__ import annotations

from mllab_helpers.costs.costs import now, so_far

__all__ = ["now", "so_far"]
