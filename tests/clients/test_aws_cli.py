"""The AWS CLI does the lab's work from a shell: data, role, training, endpoint, logs, clean-up."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from environments import environment
from small_houses import (
    COURSE_POLICIES,
    HYPERPARAMETERS,
    LARGE_HOUSE,
    SMALL_HOUSE,
    XGBOOST_IMAGE,
    algorithm_csv,
    as_csv,
    predict_with,
)

from mllab_localaws.files import Connection

BUCKET = "s3://shell-houses"
JOB = "shell-training"
LOG_GROUP = "/aws/sagemaker/TrainingJobs"
MANAGED = "arn:aws:iam::aws:policy/"
NAME = "shell-houses"  # of model, endpoint configuration and endpoint


@dataclass(frozen=True)
class Cli:
    """`aws` in a directory of its own, as a shell would run it."""

    program: Path
    directory: Path
    variables: dict[str, str]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run `aws` with arguments, whatever comes of it."""
        return subprocess.run(
            [str(self.program), *arguments],
            cwd=self.directory,
            env=self.variables,
            capture_output=True,
            text=True,
            check=False,
        )

    def __call__(self, *arguments: str) -> str:
        """Run `aws` and return what it prints."""
        done = self.run(*arguments)
        assert done.returncode == 0, f"aws {' '.join(arguments)}: {done.stderr}"
        return done.stdout

    def ask(self, *arguments: str) -> Any:
        """Run `aws` and return the JSON that it prints."""
        return json.loads(self(*arguments))

    def with_request(self, service: str, operation: str, request: dict[str, Any]) -> Any:
        """Run an operation whose request comes from a file."""
        path = self.directory / f"{operation}.json"
        path.write_text(json.dumps(request))
        return self.ask(service, operation, "--cli-input-json", f"file://{path}")


@pytest.fixture(scope="module")
def aws(environment_variables: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """The AWS CLI, v1, out of an environment of its own."""
    return Cli(environment("awscli") / "aws", tmp_path_factory.mktemp("shell"), environment_variables)


@pytest.fixture(scope="module")
def role(aws: Cli) -> str:
    """The ARN of an execution role."""
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sagemaker.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    made = aws.ask("iam", "create-role", "--role-name", "shell", "--assume-role-policy-document", trust)
    for policy in COURSE_POLICIES:
        aws("iam", "attach-role-policy", "--role-name", "shell", "--policy-arn", MANAGED + policy)
    return str(made["Role"]["Arn"])


@pytest.fixture(scope="module")
def job(aws: Cli, role: str) -> dict[str, Any]:
    """The description of a training job that the CLI has started and waited for."""
    (aws.directory / "train.csv").write_text(algorithm_csv())
    aws("s3", "mb", BUCKET)
    aws("s3", "cp", "train.csv", f"{BUCKET}/train/train.csv")
    source = {"S3DataType": "S3Prefix", "S3Uri": f"{BUCKET}/train/"}
    request = {
        "TrainingJobName": JOB,
        "AlgorithmSpecification": {"TrainingImage": XGBOOST_IMAGE, "TrainingInputMode": "File"},
        "HyperParameters": HYPERPARAMETERS,
        "RoleArn": role,
        "InputDataConfig": [
            {"ChannelName": "train", "ContentType": "text/csv", "DataSource": {"S3DataSource": source}}
        ],
        "OutputDataConfig": {"S3OutputPath": f"{BUCKET}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 300},
    }
    aws.with_request("sagemaker", "create-training-job", request)
    aws("sagemaker", "wait", "training-job-completed-or-stopped", "--training-job-name", JOB)
    described: dict[str, Any] = aws.ask("sagemaker", "describe-training-job", "--training-job-name", JOB)
    return described


@pytest.fixture(scope="module")
def archive(aws: Cli, job: dict[str, Any]) -> bytes:
    """The trained `model.tar.gz`, downloaded by the CLI."""
    aws("s3", "cp", job["ModelArtifacts"]["S3ModelArtifacts"], "model.tar.gz")
    return (aws.directory / "model.tar.gz").read_bytes()


@pytest.fixture(scope="module")
def endpoint(aws: Cli, role: str, job: dict[str, Any]) -> str:
    """The name of an endpoint that the CLI has created and waited for."""
    container = {"Image": XGBOOST_IMAGE, "ModelDataUrl": job["ModelArtifacts"]["S3ModelArtifacts"]}
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": NAME,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": 1,
    }
    model = ("--model-name", NAME, "--execution-role-arn", role, "--primary-container", json.dumps(container))
    aws("sagemaker", "create-model", *model)
    config = ("--endpoint-config-name", NAME, "--production-variants", json.dumps([variant]))
    aws("sagemaker", "create-endpoint-config", *config)
    aws("sagemaker", "create-endpoint", "--endpoint-name", NAME, "--endpoint-config-name", NAME)
    aws("sagemaker", "wait", "endpoint-in-service", "--endpoint-name", NAME)
    return NAME


def test_eval_of_mllab_local_env_points_a_shell_at_the_local_aws(aws: Cli, connection: Connection) -> None:
    bare = {name: aws.variables[name] for name in ("HOME", "LC_ALL")}
    programs = [str(aws.program.parent), str(Path(sys.executable).parent), os.environ["PATH"]]
    done = subprocess.run(
        ["sh", "-c", 'eval "$(mllab local env)"; aws sts get-caller-identity'],
        env={**bare, "PATH": os.pathsep.join(programs), "MLLAB_LOCAL_HOME": str(connection.home)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["Arn"] == "arn:aws:iam::123456789012:user/administrator"


def test_a_shell_with_another_key_is_refused(aws: Cli) -> None:
    stranger = Cli(aws.program, aws.directory, {**aws.variables, "AWS_ACCESS_KEY_ID": "AKIAAAAAAAAAAAAAAAAA"})
    done = stranger.run("sagemaker", "list-training-jobs")
    assert done.returncode != 0
    assert "UnrecognizedClientException" in done.stderr


def test_files_are_copied_listed_synchronised_and_removed(aws: Cli) -> None:
    folder = aws.directory / "folder"
    (folder / "below").mkdir(parents=True)
    for path, text in (("one.csv", "1\n"), ("below/two.csv", "2\n")):
        (folder / path).write_text(text)
        # S3 keeps whole seconds: a file of this very second would look newer than its own copy.
        os.utime(folder / path, (1_700_000_000, 1_700_000_000))
    aws("s3", "mb", "s3://shell-files")
    aws("s3", "sync", "folder", "s3://shell-files/copy")
    listing = aws("s3", "ls", "--recursive", "s3://shell-files")
    assert [line.split()[3] for line in listing.splitlines()] == ["copy/below/two.csv", "copy/one.csv"]
    assert aws("s3", "sync", "folder", "s3://shell-files/copy") == "", "an unchanged folder was sent again"
    aws("s3", "cp", "s3://shell-files/copy/below/two.csv", "back.csv")
    assert (aws.directory / "back.csv").read_text() == "2\n"
    aws("s3", "rm", "--recursive", "s3://shell-files")
    aws("s3", "rb", "s3://shell-files")
    assert "shell-files" not in aws("s3", "ls")


def test_a_file_above_the_multipart_threshold_arrives_whole(aws: Cli) -> None:
    content = os.urandom(20 * 1024 * 1024)
    (aws.directory / "large.bin").write_bytes(content)
    aws("s3", "mb", "s3://shell-large")
    aws("s3", "cp", "large.bin", "s3://shell-large/large.bin")
    aws("s3", "cp", "s3://shell-large/large.bin", "again.bin")
    assert (aws.directory / "again.bin").read_bytes() == content
    aws("s3", "rb", "--force", "s3://shell-large")


def test_a_training_job_completes_and_reports_its_metric(job: dict[str, Any]) -> None:
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    metrics = {metric["MetricName"]: metric["Value"] for metric in job["FinalMetricDataList"]}
    assert 50_000 < metrics["train:rmse"] < 300_000


def test_the_model_that_is_downloaded_prices_a_large_house_above_a_small_one(archive: bytes) -> None:
    small, large = predict_with(archive, SMALL_HOUSE, LARGE_HOUSE)
    assert 100_000 < small < large < 3_000_000


def test_log_lines_of_a_training_job_can_be_read(aws: Cli, job: dict[str, Any]) -> None:
    streams = aws.ask(
        *("logs", "describe-log-streams", "--log-group-name", LOG_GROUP),
        *("--log-stream-name-prefix", f"{JOB}/"),
    )
    stream = streams["logStreams"][0]["logStreamName"]
    where = ("--log-group-name", LOG_GROUP, "--log-stream-name", stream)
    events = aws.ask("logs", "get-log-events", *where, "--start-from-head")["events"]
    rounds = [event["message"] for event in events if "train-rmse" in event["message"]]
    assert len(rounds) == int(HYPERPARAMETERS["num_round"])


def test_log_lines_of_all_streams_can_be_filtered(aws: Cli, job: dict[str, Any]) -> None:
    where = ("--log-group-name", LOG_GROUP, "--log-stream-name-prefix", f"{JOB}/")
    found = aws.ask("logs", "filter-log-events", *where, "--filter-pattern", '"[9]"')["events"]
    assert ["train-rmse" in event["message"] for event in found] == [True]


def test_an_endpoint_answers_with_what_the_model_file_says(aws: Cli, endpoint: str, archive: bytes) -> None:
    body = f"{as_csv(SMALL_HOUSE)}\n{as_csv(LARGE_HOUSE)}"
    (aws.directory / "body.csv").write_text(body)
    answer = aws.ask(
        *("sagemaker-runtime", "invoke-endpoint", "--endpoint-name", endpoint),
        *("--content-type", "text/csv", "--body", "file://body.csv", "answer.txt"),
    )
    assert answer["InvokedProductionVariant"] == "AllTraffic"
    prices = [float(price) for price in (aws.directory / "answer.txt").read_text().split()]
    assert prices == pytest.approx(predict_with(archive, SMALL_HOUSE, LARGE_HOUSE), rel=1e-6)


def test_a_metric_is_put_read_and_watched(aws: Cli) -> None:
    metric = ("--namespace", "shell", "--metric-name", "Latency")
    dimensions = ("--dimensions", "Name=Endpoint,Value=houses")
    # Options of put-metric-data have a notation of their own for dimensions.
    aws("cloudwatch", "put-metric-data", *metric, "--dimensions", "Endpoint=houses", "--value", "250")
    now = datetime.now(timezone.utc)
    span = (
        "--start-time",
        f"{now - timedelta(minutes=5):%FT%TZ}",
        "--end-time",
        f"{now + timedelta(minutes=1):%FT%TZ}",
    )
    statistics = (*span, "--period", "60", "--statistics", "Average", "SampleCount")
    (point,) = aws.ask("cloudwatch", "get-metric-statistics", *metric, *dimensions, *statistics)["Datapoints"]
    assert (point["Average"], point["SampleCount"], point["Unit"]) == (250.0, 1.0, "None")
    alarm = (
        "--alarm-name",
        "shell-slow",
        "--statistic",
        "Average",
        "--period",
        "60",
        "--evaluation-periods",
        "1",
    )
    threshold = ("--threshold", "100", "--comparison-operator", "GreaterThanThreshold")
    aws("cloudwatch", "put-metric-alarm", *metric, *dimensions, *alarm, *threshold)
    states = []
    deadline = time.monotonic() + 30
    while states[-1:] != ["ALARM"]:
        assert time.monotonic() < deadline, states
        found = aws.ask("cloudwatch", "describe-alarms", "--alarm-names", "shell-slow")
        states.append(found["MetricAlarms"][0]["StateValue"])
    aws("cloudwatch", "delete-alarms", "--alarm-names", "shell-slow")
    refused = aws.run("cloudwatch", "delete-alarms", "--alarm-names", "shell-slow")
    assert "ResourceNotFound" in refused.stderr


def test_an_operation_that_is_not_there_is_named(aws: Cli) -> None:
    done = aws.run("sagemaker", "list-clusters")
    assert done.returncode != 0
    assert "ListClusters" in done.stderr


def test_everything_that_was_made_can_be_deleted(aws: Cli, endpoint: str) -> None:
    aws("sagemaker", "delete-endpoint", "--endpoint-name", endpoint)
    aws("sagemaker", "wait", "endpoint-deleted", "--endpoint-name", endpoint)
    aws("sagemaker", "delete-endpoint-config", "--endpoint-config-name", NAME)
    aws("sagemaker", "delete-model", "--model-name", NAME)
    aws("s3", "rb", "--force", BUCKET)
    for policy in COURSE_POLICIES:
        aws("iam", "detach-role-policy", "--role-name", "shell", "--policy-arn", MANAGED + policy)
    aws("iam", "delete-role", "--role-name", "shell")
    for kind, member, name in (
        ("endpoints", "Endpoints", "EndpointName"),
        ("endpoint-configs", "EndpointConfigs", "EndpointConfigName"),
        ("models", "Models", "ModelName"),
    ):
        left = [found[name] for found in aws.ask("sagemaker", f"list-{kind}")[member]]
        assert not {NAME, endpoint}.intersection(left)
    assert BUCKET.removeprefix("s3://") not in aws("s3", "ls")
