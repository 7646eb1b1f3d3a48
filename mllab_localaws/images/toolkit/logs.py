"""Log lines in the form that AWS's containers print, each one written at once."""

from __future__ import annotations

import logging
import sys


def configure() -> None:
    """Print `[YYYY-MM-DD:HH:MM:SS:LEVEL] message` on stdout."""
    logging.basicConfig(
        stream=sys.stdout,
        level=logging.INFO,
        format="[%(asctime)s:%(levelname)s] %(message)s",
        datefmt="%Y-%m-%d:%H:%M:%S",
        force=True,
    )
