"""Fires schedules when their time has come, in a thread of its own."""

from __future__ import annotations

import logging
import threading

from mllab_localaws.caller import SCHEDULER
from mllab_localaws.events.deliveries import Delivery
from mllab_localaws.platform import Platform
from mllab_localaws.scheduler.schedules import FIRED, KIND, MOMENT
from mllab_localaws.store import Record

_EVERY_SECONDS = 1.0
_log = logging.getLogger(__name__)


class Firing:
    """The thread, and the regions whose schedules it fires: AWS within a minute, this within a second."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._regions: set[str] = set()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._run, name="scheduler", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def watch(self, region: str) -> None:
        """Fire the schedules of a region from now on."""
        self._regions.add(region)

    def close(self) -> None:
        """Fire nothing more."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()

    def fire(self) -> None:
        """Fire every schedule whose time has come, each once."""
        now = self._platform.clock.now()
        for region in sorted(self._regions):
            for record in self._platform.store.list(KIND, region):
                if _is_due(record, now):
                    self._fire(region, record)

    def _fire(self, region: str, record: Record) -> None:
        if not self._claim(region, record):
            return
        target = record["Target"]
        delivery = Delivery(
            target_arn=target["Arn"],
            body=target.get("Input", "{}"),
            source_arn=record["Arn"],
            principal=SCHEDULER,
            role_arn=target["RoleArn"],
        )
        # Completed is what has been tried to the end, whether or not it arrived.
        self._platform.deliveries.send(delivery, lambda _: self._complete(region, record["Name"]))

    def _claim(self, region: str, record: Record) -> bool:
        """Mark a schedule as fired; False when somebody has replaced or deleted it meanwhile."""
        claimed = False

        def fired(current: Record) -> Record:
            nonlocal claimed
            claimed = current == record
            return {**current, FIRED: True} if claimed else current

        self._platform.store.modify(KIND, region, record["Name"], fired)
        return claimed

    def _complete(self, region: str, name: str) -> None:
        record = self._platform.store.get(KIND, region, name)
        if record is not None and record[FIRED] and record["ActionAfterCompletion"] == "DELETE":
            self._platform.store.delete(KIND, region, name)

    def _run(self) -> None:
        while not self._closed.wait(_EVERY_SECONDS):
            try:
                self.fire()
            except Exception:
                _log.exception("schedules could not be fired")


def _is_due(record: Record, now: float) -> bool:
    return record["State"] == "ENABLED" and not record[FIRED] and record[MOMENT] <= now
