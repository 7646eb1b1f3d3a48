"""The state: what each notebook finished, on disk, so that the next one can go on tomorrow."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mllab_helpers.errors import LocalAwsForgot, NotesUnwritable, OutOfOrder
from mllab_helpers.texts import say, say_os_error

# Which notebook remembers what. Asked for something that is not there, the lab names that notebook.
NOTEBOOK_OF = {
    "environment": "01",
    "given": "01",
    "kept": "06",
    "raw_data": "01",
    "role": "01",
    "roles": "01",
    "data": "02",
    "training": "02",
    "deployment": "03",
    "web_api": "04",
    "monitoring": "05",
    "better_model": "05",
    "life_cycle": "05",
}


def remember(path: Path, incarnation: str, topic: str, values: Mapping[str, Any]) -> None:
    """Write down what was finished; what an earlier life of the local AWS knew is dropped.

    Raises: NotesUnwritable.
    """
    notebook_file(topic)
    stored = _read(path)
    finished = stored["finished"] if stored["incarnation"] == incarnation else {}
    _write(path, {"incarnation": incarnation, "finished": {**finished, topic: dict(values)}})


def recall(path: Path, incarnation: str, topic: str) -> dict[str, Any]:
    """Return what was remembered under a topic.

    Raises:
        OutOfOrder: nothing was; names the notebook to run first.
        LocalAwsForgot: it was, in an earlier life of the local AWS.
    """
    notebook = notebook_file(topic)
    stored = _read(path)
    if stored["finished"] and stored["incarnation"] != incarnation:
        raise LocalAwsForgot(notebook=notebook_file("environment"))
    if topic not in stored["finished"]:
        raise OutOfOrder(notebook=notebook, missing=say(f"lab.topic_{topic}"))
    values: dict[str, Any] = stored["finished"][topic]
    return values


def known(path: Path, incarnation: str, topic: str) -> dict[str, Any]:
    """Return what was remembered under a topic; nothing when nothing was, or in an earlier life."""
    stored = _read(path)
    values: dict[str, Any] = stored["finished"].get(topic, {}) if stored["incarnation"] == incarnation else {}
    return values


def to_travel(path: Path, incarnation: str) -> bytes:
    """Return a state as a notebook instance takes it: on AWS, or on a local AWS as if it were AWS."""
    stored = _read(path)
    finished = stored["finished"] if stored["incarnation"] == incarnation else {}
    return json.dumps({"incarnation": "", "finished": finished}, indent=1).encode()


def forget(path: Path) -> None:
    """Forget everything; silent when there is nothing."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise NotesUnwritable(path=path, reason=say_os_error(error)) from error


def notebook_file(topic: str) -> str:
    """Return the file name, in the current language, of the notebook that remembers a topic."""
    if topic not in NOTEBOOK_OF:
        raise ValueError(f"topic {topic!r} is not one of {', '.join(NOTEBOOK_OF)}")
    return say(f"lab.notebook_{NOTEBOOK_OF[topic]}")


def _read(path: Path) -> dict[str, Any]:
    nothing: dict[str, Any] = {"incarnation": "", "finished": {}}
    try:
        stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        finished = {topic: dict(values) for topic, values in dict(stored["finished"]).items()}
        incarnation = str(stored["incarnation"])
    except (OSError, ValueError, TypeError, LookupError, RecursionError):
        return nothing
    return {"incarnation": incarnation, "finished": finished}


def _write(path: Path, stored: Mapping[str, Any]) -> None:
    beside = path.with_suffix(f".{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(stored, indent=1), encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        raise NotesUnwritable(path=path, reason=say_os_error(error)) from error
