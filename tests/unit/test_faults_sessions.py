"""Sessions that end while something is waited for, and clocks that are wrong, as learners meet them."""

from __future__ import annotations

import time
import uuid
from datetime import datetime, timedelta, timezone

import boto3
import botocore.auth
import pytest
from botocore.exceptions import ClientError
from in_process import KEYS, served

from mllab_helpers import storage
from mllab_helpers.aws_errors import has_wrong_clock, translate
from mllab_helpers.errors import ExpiredCredentials, ExpiredWhileWaiting, WrongClock
from mllab_helpers.identity import roles
from mllab_helpers.lab.clock import Clock, wait_until
from mllab_helpers.lab.lab import Lab
from mllab_helpers.training import training
from mllab_localaws.moto_backend import sts

ROWS = b"\n".join(b"%d,%d" % (2 * x, x) for x in range(50))
ENDLESS = {"num_round": 100_000_000, "nthread": 1}


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """A local AWS in this process, whose memory of sessions can be aged."""
    with served(tmp_path_factory.mktemp("aws") / "home") as running:
        yield running


@pytest.fixture
def open_lab(aws, tmp_path):
    """Return a function that opens labs on it."""

    def opened(session=None, student="eva", sleep=time.sleep):
        return Lab(
            backend="local",
            student=student,
            account="123456789012",
            region="us-east-1",
            session=session or boto3.Session(KEYS.access_key, KEYS.secret_key, region_name="us-east-1"),
            endpoint_url=aws.url,
            incarnation=aws.aws.incarnation,
            folder=tmp_path / student,
            pause=0.02,
            clock=Clock(sleep=sleep),
        )

    return opened


@pytest.fixture
def prepared(open_lab):
    """A lab with a bucket, roles and rows to train on."""
    lab = open_lab()
    storage.ensure_bucket(lab)
    roles.ensure_roles(lab)
    storage.upload_bytes(lab.as_learner(), ROWS, "data/rows.csv")
    return lab


def end_all_sessions(aws):
    """Let the time of every role's session be over, as AWS sees it."""
    for session in sts().assumed_roles:
        session.expiration = datetime.now(timezone.utc).replace(tzinfo=None) - timedelta(seconds=1)
    # Whoever changes IAM makes the local AWS look keys up again.
    aws.client("iam").create_user(UserName=uuid.uuid4().hex)


class Meanwhile:
    """Lets things happen while the helpers sleep, one at each sleep."""

    def __init__(self, *events):
        self.events = list(events)

    def __call__(self, _seconds):
        if self.events:
            self.events.pop(0)()


def start(lab):
    name = lab.unique_name(f"endless-{uuid.uuid4().hex[:6]}")
    return training.start_training(lab, name, {"train": f"s3://{lab.bucket}/data/"}, ENDLESS)


def test_a_role_that_is_renewed_goes_on_waiting_when_its_session_ends(aws, prepared, open_lab):
    learner = prepared.as_learner()
    credentials = learner.session.get_credentials()
    first = credentials.get_frozen_credentials().access_key
    job = start(learner)

    def an_hour_passes():
        end_all_sessions(aws)
        credentials._expiry_time = datetime.now(timezone.utc)

    def stop():
        aws.client("sagemaker").stop_training_job(TrainingJobName=job)

    waiting = open_lab(learner.session, sleep=Meanwhile(an_hour_passes, stop))
    assert training.wait_for_training(waiting, job).status == "Stopped"
    assert credentials.get_frozen_credentials().access_key != first


def test_credentials_that_nobody_renews_end_with_the_job_s_name_and_new_ones_find_it(aws, prepared, open_lab):
    job = start(prepared.as_learner())

    def pasted():
        given = aws.client("sts").assume_role(
            RoleArn=roles.role_arn(prepared, "learner"), RoleSessionName="pasted"
        )["Credentials"]
        keys = given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
        return boto3.Session(*keys, region_name="us-east-1")

    waiting = open_lab(pasted(), sleep=Meanwhile(lambda: end_all_sessions(aws)))
    with pytest.raises(ExpiredWhileWaiting, match=f"{job}.*aws sso login") as expired:
        training.wait_for_training(waiting, job)
    assert isinstance(expired.value, ExpiredCredentials)
    with pytest.raises(ExpiredCredentials):
        training.describe_training(waiting, job)

    def stop():
        aws.client("sagemaker").stop_training_job(TrainingJobName=job)

    assert training.wait_for_training(open_lab(pasted(), sleep=Meanwhile(stop)), job).status == "Stopped"


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "ExpiredTokenException"}}, "DescribeEndpoint"),
        ClientError({"Error": {"Code": "ExpiredToken"}}, "HeadObject"),
        ExpiredCredentials(),
    ],
)
def test_every_wait_names_what_it_waited_for_when_credentials_end(error):
    def look():
        raise error

    with pytest.raises(ExpiredWhileWaiting, match="the-endpoint") as raised:
        wait_until(Clock(), look, bool, what="the-endpoint", pause=1, limit=1)
    assert raised.value.__cause__ is error


# --- clocks


@pytest.fixture
def off(monkeypatch):
    """Return a function that puts this process's clock off by minutes, as botocore signs and as we see it."""
    now, seconds = botocore.auth.get_current_datetime, time.time

    def put_off(minutes):
        def wrong(*arguments, **more):
            return now(*arguments, **more) + timedelta(minutes=minutes)

        monkeypatch.setattr(botocore.auth, "get_current_datetime", wrong)
        monkeypatch.setattr(time, "time", lambda: seconds() + 60 * minutes)

    return put_off


CALLS = {
    "sts": lambda client: client.get_caller_identity(),
    "iam": lambda client: client.list_roles(),
    "sagemaker": lambda client: client.list_models(),
    "lambda": lambda client: client.list_functions(),
    "apigateway": lambda client: client.get_rest_apis(),
    "cloudwatch": lambda client: client.describe_alarms(),
    "events": lambda client: client.list_rules(),
    "logs": lambda client: client.describe_log_groups(),
    "sns": lambda client: client.list_topics(),
    "sqs": lambda client: client.list_queues(),
    "resourcegroupstaggingapi": lambda client: client.get_resources(),
}


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize(("minutes", "how"), [(-6, "atrasado"), (6, "adelantado")])
def test_a_clock_that_is_minutes_off_is_said_to_be_by_whatever_service(real_lab, off, service, minutes, how):
    off(minutes)
    with pytest.raises(WrongClock, match=f"6 minutos {how}"), translate():
        CALLS[service](real_lab.client(service))


@pytest.mark.parametrize(
    "call",
    [
        lambda lab: lab.client("s3").list_buckets(),
        lambda lab: lab.client("s3").head_bucket(Bucket=lab.bucket),
        storage.ensure_bucket,
    ],
)
def test_s3_allows_a_quarter_of_an_hour_and_says_nothing_to_a_head(real_lab, off, call):
    off(-16)
    with pytest.raises(WrongClock, match="16 minutos atrasado"), translate():
        call(real_lab)


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_clock_within_the_limit_is_nobodys_business(real_lab, off, minutes):
    off(minutes)
    real_lab.client("sts").get_caller_identity()
    with pytest.raises(ClientError) as refused:
        boto3.client(
            "sts",
            endpoint_url=real_lab.endpoint_url,
            region_name="us-east-1",
            aws_access_key_id=real_lab.session.get_credentials().access_key,
            aws_secret_access_key="wrong",
        ).get_caller_identity()
    assert not has_wrong_clock(refused.value)


def test_the_clock_is_right_again_and_the_same_call_works(real_lab, off):
    off(10)
    with pytest.raises(WrongClock):
        roles.ensure_roles(real_lab)
    off(0)
    assert roles.ensure_roles(real_lab)
