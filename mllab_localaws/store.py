"""State in SQLite: every resource of every service is one JSON record in one table.

A record is found by (kind, region, name). Whoever waits for a change is told by a version number that
every write raises.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

Record = dict[str, Any]

_SCHEMA = """
CREATE TABLE resource (
    kind TEXT NOT NULL, region TEXT NOT NULL, name TEXT NOT NULL, record TEXT NOT NULL,
    PRIMARY KEY (kind, region, name)
) WITHOUT ROWID
"""


class AlreadyExistsError(Exception):
    """A record with this kind, region and name is already there."""


class Store:
    """Records of all services, in memory: the local AWS starts empty, and a full disk cannot stop it."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._connection.execute(_SCHEMA)
        self._lock = threading.RLock()
        self._changed = threading.Condition()
        self._listeners: list[Callable[[], None]] = []
        self.version = 0

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every write, in the writing thread; it must return at once."""
        self._listeners.append(listener)

    def touch(self) -> None:
        """Tell the listeners that something observable changed (a log line, say) without a write."""
        with self._changed:
            self.version += 1
            self._changed.notify_all()
        for listener in self._listeners:
            listener()

    def wait(self, version: int, seconds: float) -> int:
        """Return once something has changed since `version`, or after `seconds`; the version by then."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != version, seconds)
            return self.version

    def insert(self, kind: str, region: str, name: str, record: Record) -> None:
        """Add a record.

        Raises: AlreadyExistsError: the name is in use.
        """
        with self._lock:
            try:
                self._connection.execute(
                    "INSERT INTO resource VALUES (?, ?, ?, ?)", (kind, region, name, json.dumps(record))
                )
            except sqlite3.IntegrityError as error:
                raise AlreadyExistsError(name) from error
        self.touch()

    def get(self, kind: str, region: str, name: str) -> Record | None:
        """Return a record, or None."""
        with self._lock:
            row = self._connection.execute(
                "SELECT record FROM resource WHERE kind = ? AND region = ? AND name = ?", (kind, region, name)
            ).fetchone()
        return None if row is None else json.loads(row[0])

    def update(self, kind: str, region: str, name: str, **changes: Any) -> Record | None:
        """Set members of a record at once and return it; None when it is gone."""
        return self.modify(kind, region, name, lambda record: {**record, **changes})

    def modify(self, kind: str, region: str, name: str, change: Callable[[Record], Record]) -> Record | None:
        """Replace a record by `change(record)`, with nobody writing in between; None when it is gone."""
        with self._lock:
            record = self.get(kind, region, name)
            if record is None:
                return None
            record = change(record)
            self._connection.execute(
                "UPDATE resource SET record = ? WHERE kind = ? AND region = ? AND name = ?",
                (json.dumps(record), kind, region, name),
            )
        self.touch()
        return record

    def delete(self, kind: str, region: str, name: str) -> bool:
        """Remove a record; False when there was none."""
        with self._lock:
            cursor = self._connection.execute(
                "DELETE FROM resource WHERE kind = ? AND region = ? AND name = ?", (kind, region, name)
            )
        self.touch()
        return cursor.rowcount > 0

    def list(self, kind: str, region: str) -> list[Record]:
        """Return all records of a kind in a region, by name."""
        with self._lock:
            rows = self._connection.execute(
                "SELECT record FROM resource WHERE kind = ? AND region = ? ORDER BY name", (kind, region)
            ).fetchall()
        return [json.loads(row[0]) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()
