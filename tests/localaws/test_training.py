"""Training jobs through the gateway: life cycle, `/opt/ml`, artefacts, failures, refusals."""

from __future__ import annotations

import io
import json
import os
import tarfile
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from identities import make_job_role
from training_jobs import (
    IMAGE,
    channel,
    finished,
    job_request,
    log_lines,
    logged,
    until,
)

from mllab_localaws.files import Connection

WRITE_MODEL = "open('/opt/ml/model/xgboost-model', 'w').write('a model')"
WAIT_FOR_SIGTERM = (
    "import signal, sys, time\n"
    "def leave(*_):\n"
    f"    {WRITE_MODEL}\n"
    "    sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, leave)\n"
    "print('ready', flush=True)\n"
    "while True: time.sleep(0.01)\n"
)


@pytest.fixture(scope="module")
def s3(client: Callable[..., Any]) -> Any:
    s3 = client("s3")
    s3.create_bucket(Bucket="jobs")
    s3.put_object(Bucket="jobs", Key="train/train.csv", Body=b"1,2\n3,4\n")
    return s3


@pytest.fixture(scope="module")
def role(client: Callable[..., Any], s3: Any) -> str:
    return make_job_role(client, "jobs")


def keys(s3: Any, name: str) -> list[str]:
    listed = s3.list_objects_v2(Bucket="jobs", Prefix=f"out/{name}/")
    return [each["Key"].rpartition("/")[2] for each in listed.get("Contents", [])]


def members(s3: Any, name: str, file: str) -> list[str]:
    body = s3.get_object(Bucket="jobs", Key=f"out/{name}/output/{file}")["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(body)) as archive:
        return sorted(archive.getnames())


def refusal(sagemaker: Any, request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        sagemaker.create_training_job(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# life cycle


def test_a_finished_job_has_gone_through_awss_statuses(sagemaker: Any, role: str, name: str) -> None:
    data = channel("train", "s3://jobs/train/")
    sagemaker.create_training_job(**job_request(name, role, WRITE_MODEL, InputDataConfig=[data]))
    job = finished(sagemaker, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed")
    transitions = job["SecondaryStatusTransitions"]
    assert [(each["Status"], each["StatusMessage"]) for each in transitions] == [
        ("Starting", "Preparing the instances for training"),
        ("Downloading", "Downloading input data"),
        ("Training", "Training image download completed. Training in progress."),
        ("Uploading", "Uploading generated training model"),
        ("Completed", "Training job completed"),
    ]
    ends = [each["EndTime"] for each in transitions]
    assert [each["StartTime"] for each in transitions[1:]] == ends[:-1]
    assert transitions[-1]["StartTime"] == ends[-1] == job["TrainingEndTime"]
    assert job["CreationTime"] <= job["TrainingStartTime"] <= job["TrainingEndTime"]
    assert job["TrainingTimeInSeconds"] == job["BillableTimeInSeconds"] >= 1


def test_describe_echoes_the_request_with_awss_defaults_and_leaves_out_what_is_unset(
    sagemaker: Any, role: str, s3: Any
) -> None:
    name = f"Echo-{uuid.uuid4().hex[:8]}"
    data = channel("train", "s3://jobs/train/")
    request = job_request(name, role, WRITE_MODEL, InputDataConfig=[data], Environment={"A": "1"})
    del request["StoppingCondition"]
    arn = sagemaker.create_training_job(**request)["TrainingJobArn"]
    job = finished(sagemaker, name)
    assert arn == job["TrainingJobArn"]
    assert arn == f"arn:aws:sagemaker:us-east-1:123456789012:training-job/{name.lower()}"
    assert job["TrainingJobName"] == name
    assert job["OutputDataConfig"] == {
        "S3OutputPath": "s3://jobs/out/",
        "KmsKeyId": "",
        "CompressionType": "GZIP",
    }
    assert job["InputDataConfig"] == [{**data, "CompressionType": "None", "RecordWrapperType": "None"}]
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://jobs/out/{name}/output/model.tar.gz"
    assert job["Environment"] == {"A": "1"}
    assert job["EnableNetworkIsolation"] is job["EnableManagedSpotTraining"] is False
    assert not {"VpcConfig", "CheckpointConfig", "HyperParameters", "FailureReason"} & set(job)


def test_the_builtin_algorithm_really_trains_and_its_metrics_are_read_from_its_log(
    sagemaker: Any, role: str, name: str, s3: Any, logs: Any
) -> None:
    rows = "\n".join(f"{2 * i},{i},{i % 3}" for i in range(50))
    s3.put_object(Bucket="jobs", Key="line/train/rows.csv", Body=rows.encode())
    s3.put_object(Bucket="jobs", Key="line/validation/rows.csv", Body=rows[:200].rsplit("\n", 1)[0].encode())
    parts = [channel(part, f"s3://jobs/line/{part}/") for part in ("train", "validation")]
    hyperparameters = {"num_round": "5", "objective": "reg:squarederror", "max_depth": "2"}
    request = job_request(name, role, InputDataConfig=parts, HyperParameters=hyperparameters)
    sagemaker.create_training_job(**request)
    job = finished(sagemaker, name)
    assert job["TrainingJobStatus"] == "Completed", job.get("FailureReason")
    assert members(s3, name, "model.tar.gz") == ["xgboost-model"]
    last = next(line for line in log_lines(logs, name) if line.startswith("[4]"))
    found = {each["MetricName"]: each["Value"] for each in job["FinalMetricDataList"]}
    assert set(found) == {"train:rmse", "validation:rmse"}
    assert f"#011train-rmse:{found['train:rmse']:.5f}" in last
    assert f"#011validation-rmse:{found['validation:rmse']:.5f}" in last
    definitions = {each["Name"] for each in job["AlgorithmSpecification"]["MetricDefinitions"]}
    assert {"train:rmse", "validation:rmse", "validation:auc"} <= definitions
    assert len(definitions) <= 40


# what the container sees


def test_the_container_finds_its_request_under_opt_ml(
    sagemaker: Any, role: str, name: str, logs: Any
) -> None:
    code = (
        "import json, pathlib\n"
        "for path in sorted(pathlib.Path('/opt/ml/input/config').iterdir()):\n"
        "    print(json.dumps([path.name, json.loads(path.read_text())]))\n"
    )
    bare = channel("plain", "s3://jobs/train/")
    del bare["ContentType"]
    data = [channel("train", "s3://jobs/train/"), bare]
    request = job_request(name, role, code, InputDataConfig=data, HyperParameters={"depth": "3"})
    sagemaker.create_training_job(**request)
    finished(sagemaker, name)
    files = dict(json.loads(line) for line in log_lines(logs, name))
    assert files["hyperparameters.json"] == {"depth": "3"}
    assert files["inputdataconfig.json"]["train"] == {
        "ContentType": "text/csv",
        "TrainingInputMode": "File",
        "S3DistributionType": "FullyReplicated",
        "RecordWrapperType": "None",
    }
    assert "ContentType" not in files["inputdataconfig.json"]["plain"]
    assert files["resourceconfig.json"]["hosts"] == ["algo-1"]
    assert files["resourceconfig.json"]["current_instance_type"] == "ml.m5.large"


def test_keys_keep_their_names_below_the_prefix(
    sagemaker: Any, role: str, name: str, s3: Any, logs: Any
) -> None:
    for key in ("deep/data/a.csv", "deep/data/b/c.csv", "deep/data/", "deep/data-more.csv"):
        s3.put_object(Bucket="jobs", Key=key, Body=b"1")
    data = [
        channel("folder", "s3://jobs/deep/data/"),
        channel("file", "s3://jobs/deep/data/a.csv"),
        channel("part", "s3://jobs/deep/da"),
    ]
    code = (
        "import pathlib\n"
        "root = pathlib.Path('/opt/ml/input/data')\n"
        "print(*sorted(str(p.relative_to(root)) for p in root.rglob('*') if p.is_file()))\n"
    )
    sagemaker.create_training_job(**job_request(name, role, code, InputDataConfig=data))
    finished(sagemaker, name)
    assert log_lines(logs, name)[0].split() == [
        "file/a.csv",
        "folder/a.csv",
        "folder/b/c.csv",
        "part/data-more.csv",
        "part/data/a.csv",
        "part/data/b/c.csv",
    ]


def test_the_container_starts_from_an_empty_environment_as_the_execution_role(
    sagemaker: Any, role: str, name: str, logs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import boto3, json, os\n"
        "print(json.dumps(dict(os.environ)))\n"
        "print(boto3.client('sts').get_caller_identity()['Arn'])\n"
    )
    sagemaker.create_training_job(**job_request(name, role, code, Environment={"LEARNING": "yes"}))
    finished(sagemaker, name)
    environment, identity = log_lines(logs, name)
    seen = json.loads(environment)
    assert identity.startswith("arn:aws:sts::123456789012:assumed-role/jobs/")
    assert seen["LEARNING"] == "yes"
    assert seen["TRAINING_JOB_NAME"] == name
    assert seen["SAGEMAKER_IMAGE_TAG"] == "3.2-0"
    assert seen["AWS_REGION"] == seen["AWS_DEFAULT_REGION"] == "us-east-1"
    assert seen["HOME"] != os.environ["HOME"]
    assert not {"USER", "PYTEST_CURRENT_TEST", "AWS_PROFILE"} & set(seen)


def test_output_data_is_kept_beside_the_model_and_empty_directories_are_not(
    sagemaker: Any, role: str, s3: Any, name: str
) -> None:
    write_output = "import os; open('/opt/ml/output/data/report.txt', 'w').write('x')"
    sagemaker.create_training_job(**job_request(name, role, f"{WRITE_MODEL}; {write_output}"))
    sagemaker.create_training_job(**job_request(f"{name}-empty", role, "pass"))
    assert finished(sagemaker, name)["TrainingJobStatus"] == "Completed"
    assert finished(sagemaker, f"{name}-empty")["TrainingJobStatus"] == "Completed"
    assert members(s3, name, "output.tar.gz") == ["report.txt"]
    assert keys(s3, name) == ["model.tar.gz", "output.tar.gz"]
    assert keys(s3, f"{name}-empty") == []


def test_the_job_directory_is_gone_when_the_job_is_over(
    sagemaker: Any, role: str, name: str, connection: Connection
) -> None:
    sagemaker.create_training_job(**job_request(name, role, WRITE_MODEL))
    finished(sagemaker, name)
    assert not (connection.home / "jobs" / "us-east-1" / name).exists()


def test_own_metric_definitions_keep_the_last_value_of_what_matched(
    sagemaker: Any, role: str, name: str
) -> None:
    definitions = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}, {"Name": "absent", "Regex": "absent=(.*)"}]
    code = "print('loss=0.5'); print('loss=0.25'); print('loss=...')"
    specification = {"MetricDefinitions": definitions}
    sagemaker.create_training_job(**job_request(name, role, code, AlgorithmSpecification=specification))
    job = finished(sagemaker, name)
    assert [(each["MetricName"], each["Value"]) for each in job["FinalMetricDataList"]] == [("loss", 0.25)]


def test_a_metric_that_takes_too_long_to_find_costs_the_job_that_metric_and_nothing_else(
    sagemaker: Any, role: str, name: str, logs: Any
) -> None:
    definitions = [{"Name": "slow", "Regex": "(a+)+$"}, {"Name": "loss", "Regex": "loss=([0-9.]+)"}]
    specification = {"MetricDefinitions": definitions}
    code = "print('a' * 60 + 'b'); print('loss=0.5')"
    sagemaker.create_training_job(**job_request(name, role, code, AlgorithmSpecification=specification))
    job = finished(sagemaker, name)
    assert job["TrainingJobStatus"] == "Completed"
    assert [(each["MetricName"], each["Value"]) for each in job["FinalMetricDataList"]] == [("loss", 0.5)]
    assert 'Metric "slow" is looked for no longer' in logged(logs, name, "slow")


# ends that are not Completed


def test_the_failure_file_and_the_exit_code_are_the_failure_reason(
    sagemaker: Any, role: str, s3: Any, name: str
) -> None:
    code = f"{WRITE_MODEL}; open('/opt/ml/output/failure', 'w').write('no luck ' * 300); raise SystemExit(7)"
    sagemaker.create_training_job(**job_request(name, role, code))
    job = finished(sagemaker, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Failed", "Failed")
    assert job["FailureReason"].startswith("AlgorithmError: no luck no luck")
    assert job["FailureReason"].endswith(", exit code: 7")
    assert len(job["FailureReason"]) <= 1024
    assert job["SecondaryStatusTransitions"][-1]["StatusMessage"] == job["FailureReason"]
    assert keys(s3, name) == []


def test_a_stopped_job_may_save_its_model_and_ends_as_stopped(
    sagemaker: Any, role: str, s3: Any, name: str, logs: Any
) -> None:
    sagemaker.create_training_job(**job_request(name, role, WAIT_FOR_SIGTERM))
    logged(logs, name, "ready")
    sagemaker.stop_training_job(TrainingJobName=name)
    job = finished(sagemaker, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert [each["Status"] for each in job["SecondaryStatusTransitions"]][-3:] == [
        "Stopping",
        "Uploading",
        "Stopped",
    ]
    assert "FailureReason" not in job
    assert members(s3, name, "model.tar.gz") == ["xgboost-model"]


def test_a_job_over_its_time_limit_is_stopped_and_keeps_its_model(
    sagemaker: Any, role: str, s3: Any, name: str
) -> None:
    request = job_request(name, role, WAIT_FOR_SIGTERM, StoppingCondition={"MaxRuntimeInSeconds": 1})
    sagemaker.create_training_job(**request)
    job = finished(sagemaker, name)
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert members(s3, name, "model.tar.gz") == ["xgboost-model"]


def test_a_bucket_that_vanishes_during_the_job_fails_it_even_when_it_is_being_stopped(
    sagemaker: Any, role: str, s3: Any, name: str, logs: Any
) -> None:
    s3.create_bucket(Bucket=name)
    request = job_request(name, role, WAIT_FOR_SIGTERM, OutputDataConfig={"S3OutputPath": f"s3://{name}/"})
    sagemaker.create_training_job(**request)
    logged(logs, name, "ready")
    s3.delete_bucket(Bucket=name)
    sagemaker.stop_training_job(TrainingJobName=name)
    job = finished(sagemaker, name)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        "ClientError: Artifact upload failed:The specified bucket does not exist"
    )


# refusals


def test_an_empty_prefix_is_refused_with_awss_text(sagemaker: Any, role: str, name: str) -> None:
    request = job_request(name, role, InputDataConfig=[channel("train", "s3://jobs/nothing/here")])
    assert refusal(sagemaker, request) == (
        "ValidationException",
        'No S3 objects found under S3 URL "s3://jobs/nothing/here" given in input data source. Please ensure '
        "that the bucket exists in the selected region (us-east-1), that objects exist under that S3 prefix, "
        f'and that the role "{role}" has "s3:ListBucket" permissions on bucket "jobs".',
    )


def test_a_missing_role_is_refused(sagemaker: Any, role: str, name: str) -> None:
    code, message = refusal(sagemaker, job_request(name, "arn:aws:iam::123456789012:role/nobody", "pass"))
    assert code == "ValidationException"
    assert 'The execution role ARN "arn:aws:iam::123456789012:role/nobody" is invalid.' in message


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"OutputDataConfig": {"S3OutputPath": "s3://nobody-has-this/"}}, "does not exist"),
        ({"OutputDataConfig": {"S3OutputPath": "https://jobs/out"}}, "write s3://bucket/key"),
        (
            {"ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 5}},
            "2 instances",
        ),
        ({"EnableManagedSpotTraining": True}, "EnableManagedSpotTraining"),
        ({"EnableNetworkIsolation": True}, "EnableNetworkIsolation"),
        ({"CheckpointConfig": {"S3Uri": "s3://jobs/checkpoints"}}, "CheckpointConfig"),
        ({"VpcConfig": {"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]}}, "VpcConfig"),
        ({"AlgorithmSpecification": {"TrainingInputMode": "Pipe"}}, "TrainingInputMode Pipe"),
        ({"AlgorithmSpecification": {"TrainingImage": "me/mine:1"}}, 'no program for image "me/mine:1"'),
        (
            {"AlgorithmSpecification": {"TrainingImage": IMAGE.replace("3.2-0", "9.9-9")}},
            "does not exist; published tags",
        ),
        (
            {"AlgorithmSpecification": {"MetricDefinitions": [{"Name": "a", "Regex": "(b"}]}},
            "no regular expression",
        ),
        (
            {"AlgorithmSpecification": {"MetricDefinitions": [{"Name": "a", "Regex": "b"}]}},
            "has no group",
        ),
        (
            {"InputDataConfig": [channel("train", "s3://jobs/train", InputMode="FastFile")]},
            "InputMode FastFile",
        ),
        ({"InputDataConfig": [channel("train", "s3://jobs/train", CompressionType="Gzip")]}, "Gzip"),
        ({"InputDataConfig": [channel("train", "s3://jobs/train")] * 2}, "Channel names must be unique"),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "Duplicate tag keys"),
    ],
)
def test_what_the_local_aws_cannot_do_is_refused_by_name_before_anything_is_recorded(
    sagemaker: Any, role: str, name: str, change: dict[str, Any], text: str
) -> None:
    code, message = refusal(sagemaker, job_request(name, role, "pass", **change))
    assert code == "ValidationException"
    assert text in message
    with pytest.raises(ClientError, match="Requested resource not found"):
        sagemaker.describe_training_job(TrainingJobName=name)


def test_metric_definitions_of_the_builtin_algorithm_cannot_be_overridden(
    sagemaker: Any, role: str, name: str
) -> None:
    specification = {"MetricDefinitions": [{"Name": "a", "Regex": "(b)"}]}
    request = job_request(
        name, role, AlgorithmSpecification=specification, HyperParameters={"num_round": "1"}
    )
    assert "You can't override the metric definitions" in refusal(sagemaker, request)[1]


# following a job


def test_create_returns_while_the_job_is_still_running(
    sagemaker: Any, role: str, name: str, logs: Any
) -> None:
    sagemaker.create_training_job(**job_request(name, role, WAIT_FOR_SIGTERM))
    job = until(sagemaker, name, 10, lambda job: job["SecondaryStatus"] == "Training")
    assert job["TrainingJobStatus"] == "InProgress"
    assert "TrainingEndTime" not in job
    logged(logs, name, "ready")
    sagemaker.stop_training_job(TrainingJobName=name)
    finished(sagemaker, name)
