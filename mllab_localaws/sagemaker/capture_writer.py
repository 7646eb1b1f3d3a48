"""Writes captured invocations to S3 from a thread of its own, in batches: no invocation waits for it.

A batch is written about a second after its first invocation, and when an endpoint changes or ends. What S3
refuses is lost and said so in the local AWS's log; invocations go on.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Sequence

from mllab_localaws.caller import acting_as
from mllab_localaws.moto_backend import Objects
from mllab_localaws.sagemaker.capture_config import Capture
from mllab_localaws.sagemaker.capture_record import Captured, key, line

FLUSH_SECONDS = 1.0
BATCH_RECORDS = 1000
# More than this waits only when S3 does not take it; AWS stops capturing, too, when its disk is full.
MOST_BYTES = 128 * 1024**2
_OVERHEAD_BYTES = 1024
_SECONDS_PER_HOUR = 3600
_log = logging.getLogger(__name__)


class CaptureWriter:
    """The captured invocations of all endpoints on their way to S3."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects
        self._lock = threading.Lock()
        self._waiting: list[Captured] = []
        self._bytes = 0
        self._left_out = 0
        self._writing = threading.Lock()
        self._refused: set[Capture] = set()
        self._some = threading.Event()
        self._many = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._keep_writing, name="data-capture", daemon=True)
        self._thread.start()

    def add(self, captured: Captured) -> None:
        """Take an invocation; returns at once."""
        size = captured.size + _OVERHEAD_BYTES
        with self._lock:
            if self._bytes + size > MOST_BYTES:
                self._left_out += 1
                return
            self._waiting.append(captured)
            self._bytes += size
            count = len(self._waiting)
        if count == 1:
            self._some.set()
        if count == BATCH_RECORDS:
            self._many.set()

    def flush(self) -> None:
        """Return once everything that was added before is written."""
        with self._writing:
            with self._lock:
                batch, self._waiting, self._bytes = self._waiting, [], 0
                left_out, self._left_out = self._left_out, 0
            if left_out:
                _log.warning("%d invocations are not captured: too many wait to be written", left_out)
            files: dict[tuple[Capture, int], list[Captured]] = defaultdict(list)
            for captured in batch:
                files[captured.capture, int(captured.time // _SECONDS_PER_HOUR)].append(captured)
            for (capture, _), records in files.items():
                self._write(capture, records)

    def close(self) -> None:
        """Write what is left."""
        self._closed = True
        self._some.set()
        self._many.set()
        self._thread.join()
        self.flush()

    def _keep_writing(self) -> None:
        while not self._closed:
            self._some.wait()
            self._many.wait(FLUSH_SECONDS)
            # Cleared first: what is added from here on sets them again.
            self._some.clear()
            self._many.clear()
            self.flush()

    def _write(self, capture: Capture, records: Sequence[Captured]) -> None:
        try:
            body = "".join(line(record) for record in records).encode()
            self._objects.write(acting_as(capture.role_arn), capture.bucket, key(records[0]), body)
        except Exception as error:
            # Once for each time that it breaks, not once a second.
            if capture not in self._refused:
                self._refused.add(capture)
                _log.warning(
                    "Data capture of endpoint %s: s3://%s/%s cannot be written, and invocations are not kept "
                    "until it can: %s",
                    capture.endpoint,
                    capture.bucket,
                    capture.prefix,
                    error,
                )
            return
        self._refused.discard(capture)
