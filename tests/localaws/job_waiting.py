"""Waiting for a job of any kind, and for its log, without guessing how long it takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

TERMINAL = ("Completed", "Failed", "Stopped")


def until(
    describe: Callable[[], dict[str, Any]], condition: Callable[[dict[str, Any]], bool], seconds: float
) -> dict[str, Any]:
    """Return a job's description once it meets a condition; Describe itself waits for changes."""
    deadline = time.monotonic() + seconds
    while True:
        job = describe()
        if condition(job):
            return job
        assert time.monotonic() < deadline, job
        time.sleep(0.01)


def log_lines(group: str, logs: Any, name: str) -> list[str]:
    """Return what a job has logged so far."""
    try:
        streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{name}/")["logStreams"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    pages = [
        logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
        for stream in streams
    ]
    return [event["message"] for page in pages for event in page["events"]]


def logged(group: str, logs: Any, name: str, text: str, seconds: float = 15) -> str:
    """Return a job's first log line with a text, once it is there."""
    deadline = time.monotonic() + seconds
    while True:
        for line in log_lines(group, logs, name):
            if text in line:
                return line
        assert time.monotonic() < deadline, f"no log line with {text}"
        time.sleep(0.01)
