"""Labs to test with: one whose AWS answers from a script, one on a local AWS of the test session's own."""

from __future__ import annotations

import functools
import itertools

import boto3
import pytest
from botocore.stub import Stubber

from mllab_helpers import texts
from mllab_helpers.lab import connection
from mllab_helpers.lab.clock import Clock
from mllab_helpers.lab.lab import Lab
from mllab_helpers.runner import local_aws as session_aws

NOBODY_LISTENS = "http://127.0.0.1:1"


class HandClock:
    """Time that passes only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = 1_800_000_000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


@pytest.fixture(autouse=True)
def quiet_spanish(monkeypatch):
    """Begin each test in Spanish, with one quiet line instead of progress bars."""
    monkeypatch.setenv("MLLAB_PROGRESS", "plain")
    before = texts.language()
    texts.use("es")
    yield
    texts.use(before)


@pytest.fixture(autouse=True)
def restored_environment():
    """Take back the variables that `Lab.open` sets, which would lead the next test's clients elsewhere."""
    yield
    connection.restore_environment()


@pytest.fixture
def hand_clock():
    return HandClock()


@pytest.fixture
def make_lab(tmp_path, hand_clock):
    """Return a function that opens labs whose AWS nobody answers for, except where a test scripts it."""

    def make(student="ana", region="us-east-1", incarnation=""):
        return Lab(
            backend="aws",
            student=student,
            account="123456789012",
            region=region,
            session=boto3.Session("testing", "testing", region_name=region),
            endpoint_url=NOBODY_LISTENS,
            incarnation=incarnation,
            folder=tmp_path / f"{region}-{student}",
            pause=5.0,
            clock=Clock(hand_clock.now, hand_clock.sleep),
        )

    return make


@pytest.fixture
def lab(make_lab):
    return make_lab()


@pytest.fixture
def stub(lab):
    """Return a function that scripts the answers of one service, and fails when one was not asked for."""
    stubbers = []

    def scripted(service):
        stubber = Stubber(lab.client(service))
        stubber.activate()
        stubbers.append(stubber)
        return stubber

    yield scripted
    for stubber in stubbers:
        stubber.assert_no_pending_responses()


@pytest.fixture(scope="session")
def local_connection():
    """A local AWS of the test session's own."""
    from mllab_localaws import daemon

    home = session_aws.create_home()
    yield daemon.start(home)
    session_aws.close(home)


@pytest.fixture(scope="session")
def administrator(local_connection):
    """Return a function that returns the administrator's session: a session reads each model only once."""

    @functools.cache
    def session(region):
        return boto3.Session(local_connection.access_key, local_connection.secret_key, region_name=region)

    return session


_students = (f"student{number}" for number in itertools.count())


@pytest.fixture
def make_real_lab(local_connection, administrator, tmp_path):
    """Return a function that opens labs on the session's local AWS, of a student that no other test knows."""

    def make(student=None, region="us-east-1"):
        student = student or next(_students)
        return Lab(
            backend="local",
            student=student,
            account="123456789012",
            region=region,
            session=administrator(region),
            endpoint_url=local_connection.endpoint_url,
            incarnation=local_connection.incarnation,
            folder=tmp_path / f"{region}-{student}",
            pause=0.02,
        )

    return make


@pytest.fixture
def real_lab(make_real_lab):
    return make_real_lab()
