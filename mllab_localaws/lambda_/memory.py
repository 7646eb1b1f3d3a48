"""How much memory a function's process uses, its children included."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import psutil

from mllab_localaws.jobs import Running

_FAMILY_SECONDS = 1.0


class MemoryMeter:
    """Resident memory, in bytes.

    Attributes: peak: the most that was seen.
    """

    def __init__(self, running: Running) -> None:
        self.peak = 0
        self._running = running
        self._program: psutil.Process | None = None
        self._family: list[psutil.Process] = []
        self._counted = 0.0

    def look(self) -> int:
        """Return what is in use now; children are searched once a second, which takes milliseconds."""
        now = time.monotonic()
        if now - self._counted > _FAMILY_SECONDS or not self._family:
            self._counted = now
            self._family = self._find()
        total = 0
        for process in self._family:
            with contextlib.suppress(psutil.Error):
                total += process.memory_info().rss
        self.peak = max(self.peak, total)
        return total

    def sum_up(self) -> int:
        """Return the peak; Linux remembers it for the process itself, between two looks too."""
        if self._program is None:
            self.look()
        with contextlib.suppress(OSError, StopIteration, ValueError):
            if self._program is not None:
                lines = Path("/proc", str(self._program.pid), "status").read_text().splitlines()
                peak = next(line for line in lines if line.startswith("VmHWM:"))
                self.peak = max(self.peak, int(peak.split()[1]) * 1024)
        return self.peak

    def _find(self) -> list[psutil.Process]:
        if self._program is None:
            self._program = self._running.program()
        with contextlib.suppress(psutil.Error):
            if self._program is not None:
                return [self._program, *self._program.children(recursive=True)]
        return []
