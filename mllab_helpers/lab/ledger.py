"""The ledger: what is about to be created, on disk before AWS hears of it.

One JSON line per event, appended and forced to the disk. A crash between the line and the call leaves a line
too many, which a sweep shrugs off; it can never leave a resource that nobody knows of.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass
from pathlib import Path

CREATING = "creating"
DELETED = "deleted"
EXPIRES = "expires"
SWEPT = "swept"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger.

    Attributes:
        at: seconds since the epoch.
        incarnation: which life of the local AWS it belongs to; empty on AWS, which forgets nothing.
        seconds: of a deleted resource, how long it had lived; of one that deletes itself, in how many.
    """

    at: float
    event: str
    incarnation: str
    kind: str = ""
    name: str = ""
    instance_type: str = ""
    seconds: float = 0.0


def append(path: Path, entry: Entry) -> None:
    """Add a line and return only when it is on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(entry)).encode() + b"\n"
    with path.open("a+b") as file:
        # A power cut may have left half a line: end it, or the new line would be lost with it.
        if file.seek(0, os.SEEK_END) and not _ends_with_newline(file.name):
            line = b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())


def read(path: Path, incarnation: str) -> list[Entry]:
    """Return the entries of one incarnation, oldest first; what is no entry, as half a line, is passed over.

    A ledger that is not there, or cannot be read, has none: clean-up does not depend on it.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    entries = [entry for line in text.split("\n") if (entry := _entry(line)) is not None]
    return [entry for entry in entries if entry.incarnation == incarnation]


def _entry(line: str) -> Entry | None:
    try:
        entry = Entry(**json.loads(line))
        numbers = (float(entry.at), float(entry.seconds))
    except (ValueError, TypeError, RecursionError):
        return None
    words = (entry.event, entry.incarnation, entry.kind, entry.name, entry.instance_type)
    is_whole = all(map(math.isfinite, numbers)) and all(isinstance(word, str) for word in words)
    return entry if is_whole else None


def current_chapter(entries: list[Entry]) -> list[Entry]:
    """Return the entries since the first creation after the last complete sweep that had one.

    So the receipt of a swept lab can be printed again, until something new is created.
    """
    chapter: list[Entry] = []
    for entry in entries:
        if entry.event == CREATING and any(earlier.event == SWEPT for earlier in chapter):
            chapter = []
        chapter.append(entry)
    return chapter


def anything_left(entries: list[Entry]) -> bool:
    """Tell whether something was created since the last complete sweep."""
    events = [entry.event for entry in entries if entry.event in (CREATING, SWEPT)]
    return events[-1:] == [CREATING]


def _ends_with_newline(name: str) -> bool:
    with Path(name).open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
