"""Processing jobs through the gateway: life cycle, `/opt/ml`, results, failures, refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from identities import make_job_role
from processing_jobs import ANALYZER, finished, job_request, log_lines, logged, results, source

WRITE = "open('/opt/ml/processing/output/report.txt', 'w').write('ready')"
WAIT_FOR_SIGTERM = (
    "import signal, sys, time\n"
    "signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))\n"
    "print('ready', flush=True)\n"
    "while True: time.sleep(0.01)\n"
)


@pytest.fixture(scope="module")
def s3(client: Callable[..., Any]) -> Any:
    s3 = client("s3")
    s3.create_bucket(Bucket="processing")
    s3.put_object(Bucket="processing", Key="in/rows.csv", Body=b"1,2\n3,4\n")
    return s3


@pytest.fixture(scope="module")
def role(client: Callable[..., Any], s3: Any) -> str:
    return make_job_role(client, "processing")


def keys(s3: Any, prefix: str) -> dict[str, bytes]:
    listed = s3.list_objects_v2(Bucket="processing", Prefix=prefix).get("Contents", [])
    return {
        each["Key"].removeprefix(prefix): s3.get_object(Bucket="processing", Key=each["Key"])["Body"].read()
        for each in listed
    }


def refusal(sagemaker: Any, request: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(ClientError) as caught:
        sagemaker.create_processing_job(**request)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


# life cycle


def test_a_script_reads_its_input_and_its_results_are_in_s3_when_the_job_is_completed(
    sagemaker: Any, role: str, name: str, s3: Any
) -> None:
    script = (
        b"import os, pathlib, sys\n"
        b"rows = pathlib.Path('/opt/ml/processing/input/data/rows.csv').read_text().splitlines()\n"
        b"output = pathlib.Path('/opt/ml/processing/output')\n"
        b"(output / 'count.txt').write_text(f'{len(rows)} {sys.argv[1]} {os.environ[\"UNIT\"]}')\n"
        b"(output / 'deep').mkdir()\n"
        b"(output / 'deep' / 'x.txt').write_text('x')\n"
    )
    s3.put_object(Bucket="processing", Key=f"{name}/code/count.py", Body=script)
    entry = {"ContainerEntrypoint": ["python3", "/opt/ml/processing/input/code/count.py"]}
    request = job_request(
        name,
        role,
        "",
        AppSpecification={**entry, "ContainerArguments": ["rows"]},
        Environment={"UNIT": "lines"},
        ProcessingInputs=[
            source("data", "s3://processing/in/"),
            source("code", f"s3://processing/{name}/code/count.py"),
        ],
        ProcessingOutputConfig=results(f"s3://processing/{name}/out"),
    )
    arn = sagemaker.create_processing_job(**request)["ProcessingJobArn"]
    job = finished(sagemaker, name)
    assert job["ProcessingJobStatus"] == "Completed", job.get("FailureReason")
    assert keys(s3, f"{name}/out/") == {"count.txt": b"2 rows lines", "deep/x.txt": b"x"}
    assert arn == job["ProcessingJobArn"]
    assert arn == f"arn:aws:sagemaker:us-east-1:123456789012:processing-job/{name}"
    assert job["CreationTime"] <= job["ProcessingStartTime"] <= job["ProcessingEndTime"]


def test_describe_echoes_the_request_and_leaves_out_what_is_unset(
    sagemaker: Any, role: str, name: str, s3: Any
) -> None:
    inputs = [source("data", "s3://processing/in/")]
    request = job_request(name.upper(), role, "pass", ProcessingInputs=inputs)
    sagemaker.create_processing_job(**request)
    job = finished(sagemaker, name)
    assert job["ProcessingJobName"] == name.upper()
    assert job["ProcessingInputs"] == inputs
    assert job["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}
    assert job["AppSpecification"] == request["AppSpecification"]
    assert not {"NetworkConfig", "ExperimentConfig", "FailureReason", "ExitMessage"} & set(job)


def test_the_container_finds_its_request_under_opt_ml_config(
    sagemaker: Any, role: str, name: str, logs: Any, s3: Any
) -> None:
    code = (
        "import json, pathlib\n"
        "for path in sorted(pathlib.Path('/opt/ml/config').iterdir()):\n"
        "    print(json.dumps([path.name, json.loads(path.read_text())]))\n"
    )
    inputs = [source("data", "s3://processing/in/")]
    sagemaker.create_processing_job(**job_request(name, role, code, ProcessingInputs=inputs))
    finished(sagemaker, name)
    files = dict(json.loads(line) for line in log_lines(logs, name))
    assert files["processingjobconfig.json"]["ProcessingJobName"] == name
    assert files["processingjobconfig.json"]["ProcessingInputs"] == inputs
    assert files["resourceconfig.json"] == {"current_host": "algo-1", "hosts": ["algo-1"]}


def test_the_container_starts_from_an_empty_environment_as_the_execution_role(
    sagemaker: Any, role: str, name: str, logs: Any
) -> None:
    code = "import boto3, os; print(boto3.client('sts').get_caller_identity()['Arn'], 'USER' in os.environ)"
    sagemaker.create_processing_job(**job_request(name, role, code))
    finished(sagemaker, name)
    assert log_lines(logs, name)[0].startswith("arn:aws:sts::123456789012:assumed-role/processing/")
    assert log_lines(logs, name)[0].endswith(" False")


def test_links_and_pipes_among_the_results_stay_behind(sagemaker: Any, role: str, name: str, s3: Any) -> None:
    code = f"import os; {WRITE}; os.chdir('/opt/ml/processing/output')\n"
    code += "os.mkfifo('pipe'); os.symlink('/etc/passwd', 'link')"
    outputs = results(f"s3://processing/{name}/")
    sagemaker.create_processing_job(**job_request(name, role, code, ProcessingOutputConfig=outputs))
    assert finished(sagemaker, name)["ProcessingJobStatus"] == "Completed"
    assert keys(s3, f"{name}/") == {"report.txt": b"ready"}


# ends that are not Completed


def test_the_message_file_is_the_exit_message_of_a_job_that_completes(
    sagemaker: Any, role: str, name: str
) -> None:
    code = "open('/opt/ml/output/message', 'w').write('Completed: all is well')"
    sagemaker.create_processing_job(**job_request(name, role, code))
    job = finished(sagemaker, name)
    assert (job["ProcessingJobStatus"], job["ExitMessage"]) == ("Completed", "Completed: all is well")


def test_a_failing_script_gives_its_exit_code_and_message_and_uploads_nothing(
    sagemaker: Any, role: str, name: str, s3: Any
) -> None:
    code = f"{WRITE}; open('/opt/ml/output/message', 'w').write('no luck ' * 300); raise SystemExit(7)"
    outputs = results(f"s3://processing/{name}/")
    sagemaker.create_processing_job(**job_request(name, role, code, ProcessingOutputConfig=outputs))
    job = finished(sagemaker, name)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: no luck no luck")
    assert job["FailureReason"].endswith(", exit code: 7")
    assert len(job["FailureReason"]) == 1024
    assert len(job["ExitMessage"]) == 1024
    assert keys(s3, f"{name}/") == {}


def test_a_failing_script_without_a_message_points_to_its_log(
    sagemaker: Any, role: str, name: str, logs: Any
) -> None:
    sagemaker.create_processing_job(**job_request(name, role, "raise ValueError('seven')"))
    reason = finished(sagemaker, name)["FailureReason"]
    assert reason == "AlgorithmError: See job logs for more information, exit code: 1"
    assert "ValueError: seven" in log_lines(logs, name)


def test_a_program_that_is_not_there_fails_the_job(sagemaker: Any, role: str, name: str) -> None:
    entry = {"ContainerEntrypoint": ["/opt/ml/processing/input/code/nothing.sh"]}
    sagemaker.create_processing_job(**job_request(name, role, "", AppSpecification=entry))
    job = finished(sagemaker, name)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith("AlgorithmError: ")


def test_a_stopped_job_ends_as_stopped(sagemaker: Any, role: str, name: str, logs: Any) -> None:
    sagemaker.create_processing_job(**job_request(name, role, WAIT_FOR_SIGTERM))
    logged(logs, name, "ready")
    sagemaker.stop_processing_job(ProcessingJobName=name)
    job = finished(sagemaker, name)
    assert job["ProcessingJobStatus"] == "Stopped"
    assert "FailureReason" not in job
    with pytest.raises(ClientError, match="rejected because the processing job is in status Stopped"):
        sagemaker.stop_processing_job(ProcessingJobName=name)


def test_a_job_over_its_time_limit_is_stopped(sagemaker: Any, role: str, name: str) -> None:
    limit = {"MaxRuntimeInSeconds": 1}
    sagemaker.create_processing_job(**job_request(name, role, WAIT_FOR_SIGTERM, StoppingCondition=limit))
    assert finished(sagemaker, name)["ProcessingJobStatus"] == "Stopped"


def test_a_bucket_that_vanishes_during_the_job_fails_it(
    sagemaker: Any, role: str, name: str, s3: Any
) -> None:
    s3.create_bucket(Bucket=name)
    code = f"{WRITE}\nimport boto3\nboto3.client('s3').delete_bucket(Bucket='{name}')"
    outputs = results(f"s3://{name}/out")
    sagemaker.create_processing_job(**job_request(name, role, code, ProcessingOutputConfig=outputs))
    job = finished(sagemaker, name)
    assert job["ProcessingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        "ClientError: Output upload failed:The specified bucket does not exist"
    )


# refusals


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"ProcessingInputs": [source("a", "s3://processing/none/")]},
            'No S3 objects found under S3 URL "s3:',
        ),
        ({"ProcessingInputs": [source("a", "https://x.org/a")]}, "write s3://bucket/key"),
        ({"ProcessingInputs": [source("a", "s3://processing/in", "/tmp/a")]}, "below /opt/ml/processing"),
        (
            {"ProcessingInputs": [source("a", "s3://processing/in", "/opt/ml/processing/../a")]},
            "below /opt/ml/processing",
        ),
        ({"ProcessingInputs": [source("a", "s3://processing/in")] * 2}, "must be unique"),
        ({"ProcessingInputs": [source("a", "s3://processing/in", S3InputMode="Pipe")]}, "S3InputMode Pipe"),
        (
            {"ProcessingInputs": [source("a", "s3://processing/in", S3DataType="ManifestFile")]},
            "ManifestFile",
        ),
        ({"ProcessingInputs": [{"InputName": "a"}]}, 'processing input "a"'),
        ({"ProcessingOutputConfig": results("s3://nobody-has-this/")}, "does not exist"),
        ({"ProcessingOutputConfig": results("s3://processing/", S3UploadMode="Continuous")}, "Continuous"),
        ({"NetworkConfig": {"EnableNetworkIsolation": True}}, "EnableNetworkIsolation"),
        ({"AppSpecification": {"ImageUri": "me/mine:1"}}, 'no program for image "me/mine:1"'),
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, "is invalid"),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "Duplicate tag keys"),
    ],
)
def test_what_cannot_be_done_is_refused_by_name_before_anything_is_recorded(
    sagemaker: Any, role: str, name: str, s3: Any, change: dict[str, Any], text: str
) -> None:
    code, message = refusal(sagemaker, job_request(name, role, "pass", **change))
    assert code == "ValidationException"
    assert text in message
    with pytest.raises(ClientError, match="Could not find requested job"):
        sagemaker.describe_processing_job(ProcessingJobName=name)


def test_an_image_that_trains_needs_an_entry_point_to_process(sagemaker: Any, role: str, name: str) -> None:
    request = job_request(name, role, "")
    del request["AppSpecification"]["ContainerEntrypoint"]
    assert "give AppSpecification a ContainerEntrypoint" in refusal(sagemaker, request)[1]


def test_the_analyzer_does_not_train(sagemaker: Any, role: str, name: str) -> None:
    with pytest.raises(ClientError, match="neither trains nor serves; use it in a processing job"):
        sagemaker.create_training_job(
            TrainingJobName=name,
            AlgorithmSpecification={"TrainingImage": ANALYZER, "TrainingInputMode": "File"},
            RoleArn=role,
            OutputDataConfig={"S3OutputPath": "s3://processing/out/"},
            ResourceConfig={"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
            StoppingCondition={"MaxRuntimeInSeconds": 600},
        )


# following a job


def test_boto3s_waiter_sees_the_end_of_a_job_at_once(sagemaker: Any, role: str, name: str) -> None:
    sagemaker.create_processing_job(**job_request(name, role, "import time; time.sleep(0.5)"))
    sagemaker.get_waiter("processing_job_completed_or_stopped").wait(
        ProcessingJobName=name, WaiterConfig={"Delay": 20, "MaxAttempts": 1}
    )
