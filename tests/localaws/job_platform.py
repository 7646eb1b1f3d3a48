"""Jobs on a platform of the test's own with one core: operations called directly, and waiting for changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from identities import trust
from job_kinds import JobKind
from job_waiting import TERMINAL
from moto import mock_aws
from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from platforms import make_authorizer, make_platform

from mllab_localaws.caller import Caller
from mllab_localaws.leash import Leash
from mllab_localaws.moto_backend import Logs
from mllab_localaws.platform import ACCOUNT, Platform, Settings
from mllab_localaws.store import Store
from mllab_localaws.wire.call import Call

ROLE = f"arn:aws:iam::{ACCOUNT}:role/jobs"
REGION = "us-east-1"
TRUST = trust({"Service": "sagemaker.amazonaws.com"})


class Lines(Logs):
    """Log lines of all streams, to be waited for."""

    def __init__(self) -> None:
        super().__init__(make_authorizer(Store()), lambda: None)
        self.seen: list[str] = []
        self.changed = threading.Condition()

    def append(self, who: Caller, region: str, group: str, stream: str, lines: Any, *, time: float) -> None:
        with self.changed:
            self.seen += lines
            self.changed.notify_all()

    def wait_for(self, text: str) -> str:
        with self.changed:
            assert self.changed.wait_for(lambda: any(text in line for line in self.seen), 15), self.seen
        return next(line for line in self.seen if text in line)


@contextmanager
def job_platform(home: Path) -> Iterator[Platform]:
    """Yield a platform with a role, and a bucket `jobs` that holds `in/data.csv`."""
    with mock_aws():
        # In process: a boto3 session made before the mock began would speak past it.
        s3_backends[ACCOUNT]["aws"].create_bucket("jobs", REGION)
        s3_backends[ACCOUNT]["aws"].put_object("jobs", "in/data.csv", b"1,2")
        iam_backends[ACCOUNT]["aws"].create_role("jobs", TRUST, "/", None, "", [], "3600")
        leash = Leash(home / "sockets")
        settings = Settings(home, home / "sockets", "http://127.0.0.1:1", cores=1)
        made = make_platform(settings, leash, logs=Lines())
        try:
            yield made
        finally:
            leash.close()
            made.store.close()


class Jobs:
    """Operations of one kind of job called directly, and waiting for what the store says."""

    def __init__(self, kind: JobKind, platform: Platform) -> None:
        assert isinstance(platform.logs, Lines)
        self.kind, self.lines = kind, platform.logs
        self.service = kind.service(platform)
        self.directories = platform.settings.home / "jobs" / f"{REGION}{kind.directories}"
        self._changed = threading.Condition()
        platform.store.on_change(self._notify)

    def __call__(self, operation: str, **params: Any) -> Any:
        caller = Caller("arn:aws:iam::123456789012:user/administrator", ACCOUNT, "AKIA")
        return getattr(self.service, operation)(Call(operation, params, caller, REGION))

    def create(self, name: str, code: str, **members: Any) -> None:
        self(f"create_{self.kind.operation}", **self.kind.request(name, ROLE, code, **members))

    def describe(self, name: str) -> Any:
        return self(f"describe_{self.kind.operation}", **{self.kind.name: name})

    def stop(self, name: str) -> None:
        self(f"stop_{self.kind.operation}", **{self.kind.name: name})

    def until(self, name: str, condition: Callable[[Any], bool]) -> Any:
        with self._changed:
            assert self._changed.wait_for(lambda: condition(self.describe(name)), 15), self.describe(name)
        return self.describe(name)

    def finished(self, name: str) -> Any:
        return self.until(name, lambda job: job[self.kind.status] in TERMINAL)

    def _notify(self) -> None:
        with self._changed:
            self._changed.notify_all()


@contextmanager
def served_jobs(kind: JobKind, platform: Platform) -> Iterator[Jobs]:
    """Yield the operations of one kind; its jobs are ended afterwards."""
    jobs = Jobs(kind, platform)
    try:
        yield jobs
    finally:
        jobs.service.close()


def until_file(path: Path) -> str:
    """Return code that waits for a file."""
    return f"import os, time\nwhile not os.path.exists({str(path)!r}): time.sleep(0.01)\n"
