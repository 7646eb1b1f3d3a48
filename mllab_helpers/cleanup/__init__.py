"""Clean-up that proves itself: inventory, sweep, receipt."""

from __future__ import annotations

from mllab_helpers.cleanup.cleanup import inventory, receipt, sweep

__all__ = ["inventory", "receipt", "sweep"]
