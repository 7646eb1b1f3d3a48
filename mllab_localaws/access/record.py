"""What was asked and decided, each once: from the calls really made, policies can be derived."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import threading
from pathlib import Path
from typing import NamedTuple, TextIO

# An endless job that reads new objects all the time must not fill the memory.
MOST_ENTRIES = 100_000
_log = logging.getLogger(__name__)


class Entry(NamedTuple):
    """One decision.

    Attributes:
        principal: ARN of the user or role.
        action: e.g. `s3:GetObject`; resource: an ARN, or `*`.
        decision: `allowed`, `explicitDeny` or `implicitDeny`.
    """

    principal: str
    action: str
    resource: str
    decision: str


class AccessRecord:
    """A file of JSON lines for its owner alone; what cannot be written is lost, and the request goes on."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._written: set[Entry] = set()
        self._file: TextIO | None = None
        self._lock = threading.Lock()

    def add(self, entry: Entry) -> None:
        """Write an entry, unless it is there already."""
        with self._lock:
            if entry in self._written or len(self._written) >= MOST_ENTRIES:
                return
            self._written.add(entry)
            try:
                self._append(json.dumps(entry._asdict()) + "\n")
            except OSError:
                _log.exception("%s cannot be written.", self._path)

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _append(self, line: str) -> None:
        if self._file is None:
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        self._file.write(line)
        self._file.flush()


def read(path: Path) -> list[Entry]:
    """Return what is in a record, in the order in which it was first asked; nothing when there is none."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return []
    entries = []
    for line in lines:
        with contextlib.suppress(ValueError):  # cut off where the disk was full
            entries.append(Entry(**json.loads(line)))
    return entries
