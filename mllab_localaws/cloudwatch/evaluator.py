"""Evaluates every alarm when data arrive and at least once a second, in a thread of its own."""

from __future__ import annotations

import logging
import threading
import time

from mllab_localaws.cloudwatch.alarm import HELD_UNTIL, KIND, watch
from mllab_localaws.cloudwatch.reasons import reason, reason_data
from mllab_localaws.cloudwatch.transitions import State, Transitions
from mllab_localaws.cloudwatch.windows import judge
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record

_EVERY_SECONDS = 1.0
# Data that arrive together are evaluated together.
_PAUSE_SECONDS = 0.1
# Evaluating takes a tenth of a core at most, however much arrives.
_REST = 9.0
_TIDY_SECONDS = 60.0
_log = logging.getLogger(__name__)


class Evaluator:
    """The thread, and the regions whose alarms it evaluates."""

    def __init__(self, platform: Platform, transitions: Transitions) -> None:
        self._platform = platform
        self._transitions = transitions
        self._regions: set[str] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarms", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def watch(self, region: str) -> None:
        """Evaluate the alarms of a region from now on."""
        self._regions.add(region)
        self._platform.metrics.wake()

    def close(self) -> None:
        """Evaluate nothing more."""
        self._closed.set()
        self._platform.metrics.wake()
        if self._thread.is_alive():
            self._thread.join()

    def evaluate(self) -> None:
        """Evaluate every alarm once, with what is known now; one that cannot be evaluated stops no other."""
        for region in sorted(self._regions):
            for record in self._platform.store.list(KIND, region):
                try:
                    self._evaluate(region, record)
                except Exception:
                    _log.exception("alarm %s cannot be evaluated", record["AlarmArn"])

    def _evaluate(self, region: str, record: Record) -> None:
        now = self._platform.clock.now()
        if now < record[HELD_UNTIL]:
            return
        watched = watch(region, record)
        verdict, held_until = judge(watched, self._platform.metrics, now)
        if verdict.state in (None, record["StateValue"]):
            return
        state = State(
            str(verdict.state),
            reason(verdict, watched.rules, record),
            reason_data(verdict, record, now),
            held_until,
        )
        self._transitions.enter(region, record["AlarmName"], state, record)

    def _run(self) -> None:
        tidied = time.monotonic()
        while True:
            self._platform.metrics.wait(_EVERY_SECONDS)
            if self._closed.is_set():
                return
            began = time.monotonic()
            try:
                # Also without alarms: whoever records must not have to.
                self._platform.metrics.fold()
                self.evaluate()
                if began - tidied > _TIDY_SECONDS:
                    tidied = began
                    self._platform.metrics.tidy(self._platform.clock.now())
            except Exception:
                _log.exception("alarms could not be evaluated")
            took = time.monotonic() - began
            self._closed.wait(min(max(_PAUSE_SECONDS, took * _REST), _EVERY_SECONDS))
