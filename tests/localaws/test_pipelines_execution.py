"""Executions of pipelines: real jobs, branches, failures, stopping (contract E.4)."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from identities import make_job_role
from pipeline_documents import (
    WRITE_MODEL,
    compare,
    condition,
    document,
    ended,
    fail,
    get,
    step,
    steps_of,
    succeeded,
    training,
)
from training_jobs import finished

BUCKET = "pipelines-run"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:3.2-0"
SLEEP = "import time; time.sleep(60)"


@pytest.fixture(scope="module")
def aws(client: Callable[..., Any]) -> SimpleNamespace:
    s3 = client("s3")
    s3.create_bucket(Bucket=BUCKET)
    role = make_job_role(client, BUCKET)
    return SimpleNamespace(sagemaker=client("sagemaker"), s3=s3, role=role)


@pytest.fixture
def start(aws: SimpleNamespace) -> Callable[..., str]:
    """Make a pipeline of a definition, start it, and return the execution's ARN."""

    def started(definition: str, parameters: dict[str, str] | None = None, **members: Any) -> str:
        name = f"run-{uuid.uuid4().hex[:8]}"
        aws.sagemaker.create_pipeline(PipelineName=name, PipelineDefinition=definition, RoleArn=aws.role)
        given = [{"Name": name, "Value": value} for name, value in (parameters or {}).items()]
        arn: str = aws.sagemaker.start_pipeline_execution(
            PipelineName=name, PipelineParameters=given, **members
        )["PipelineExecutionArn"]
        return arn

    return started


def train(aws: SimpleNamespace, name: str, code: str = WRITE_MODEL, **members: Any) -> dict[str, Any]:
    return training(name, aws.role, code, BUCKET, **members)


def register(group: str, model: Any, **members: Any) -> dict[str, Any]:
    containers = [{"Image": IMAGE, "ModelDataUrl": model}]
    specification = {
        "Containers": containers,
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    request = {"ModelPackageGroupName": group, "InferenceSpecification": specification}
    return step("Register", "RegisterModel", {**request, **members})


def test_a_model_is_trained_and_registered(aws: SimpleNamespace, start: Callable[..., str]) -> None:
    group = f"grp-{uuid.uuid4().hex[:8]}"
    definition = document(
        train(aws, "Train"),
        register(
            group,
            get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
            ModelApprovalStatus=get("Parameters.Approval"),
        ),
        Parameters=[{"Name": "Approval", "Type": "String", "DefaultValue": "PendingManualApproval"}],
    )
    arn = start(definition, {"Approval": "Approved"})
    succeeded(aws.sagemaker, arn)
    steps = steps_of(aws.sagemaker, arn)
    assert list(steps) == ["Train", "Register"]
    assert {each["StepStatus"] for each in steps.values()} == {"Succeeded"}
    assert steps["Register"]["StartTime"] >= steps["Train"]["EndTime"]
    execution_id = arn.rpartition("/")[2]
    assert re.fullmatch("[a-z0-9]{12}", execution_id)
    job = steps["Train"]["Metadata"]["TrainingJob"]["Arn"].rpartition("/")[2]
    assert re.fullmatch(f"pipelines-{execution_id}-train-[a-z0-9]{{10}}", job)
    package = aws.sagemaker.describe_model_package(
        ModelPackageName=steps["Register"]["Metadata"]["RegisterModel"]["Arn"]
    )
    assert (package["ModelApprovalStatus"], package["ModelPackageGroupName"]) == ("Approved", group)
    assert package["MetadataProperties"]["GeneratedBy"] == arn
    trained = finished(aws.sagemaker, f"pipelines-{execution_id}-Train-{job[-10:]}")
    (container,) = package["InferenceSpecification"]["Containers"]
    assert container["ModelDataUrl"] == trained["ModelArtifacts"]["S3ModelArtifacts"]


def test_expressions_reach_the_job_as_its_request_spells_them(
    aws: SimpleNamespace, start: Callable[..., str]
) -> None:
    request = {
        "HyperParameters": {"rounds": get("Parameters.Rounds"), "exact": get("Parameters.Exact")},
        "Environment": {
            "WHO": {"Std:Join": {"On": "/", "Values": [get("Execution.PipelineExecutionId"), 1, "x"]}},
            "JOB": get("Execution.TrainingJobName"),
        },
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": get("Parameters.Count"),
            "VolumeSizeInGB": 5,
        },
    }
    parameters = [
        {"Name": "Rounds", "Type": "Integer", "DefaultValue": 3},
        {"Name": "Exact", "Type": "Boolean", "DefaultValue": False},
        {"Name": "Count", "Type": "Integer", "DefaultValue": 1},
    ]
    arn = start(document(train(aws, "Train", Request=request), Parameters=parameters), {"Rounds": "7"})
    succeeded(aws.sagemaker, arn)
    job_arn = steps_of(aws.sagemaker, arn)["Train"]["Metadata"]["TrainingJob"]["Arn"]
    (job,) = [
        each["TrainingJobName"]
        for each in aws.sagemaker.list_training_jobs(NameContains=arn.rpartition("/")[2])[
            "TrainingJobSummaries"
        ]
    ]
    described = aws.sagemaker.describe_training_job(TrainingJobName=job)
    assert described["TrainingJobArn"] == job_arn
    assert described["HyperParameters"] == {"rounds": "7", "exact": "false"}
    assert described["Environment"] == {"WHO": f"{arn.rpartition('/')[2]}/1/x", "JOB": job}
    listed = aws.sagemaker.list_pipeline_parameters_for_execution(PipelineExecutionArn=arn)
    assert {each["Name"]: each["Value"] for each in listed["PipelineParameters"]} == {
        "Rounds": "7",
        "Exact": "false",
        "Count": "1",
    }


@pytest.mark.parametrize(("rounds", "taken"), [("10", "Good"), ("3", "Bad")])
def test_one_branch_runs_and_the_other_is_not_in_the_list(
    aws: SimpleNamespace, start: Callable[..., str], rounds: str, taken: str
) -> None:
    inner = condition(
        "Inner", [compare(1, 2)], if_steps=[train(aws, "Never")], else_steps=[train(aws, "Good")]
    )
    gate = condition(
        "Gate",
        [compare(get("Parameters.Rounds"), 5, "GreaterThan"), compare("a", "a")],
        if_steps=[inner],
        else_steps=[train(aws, "Bad")],
    )
    definition = document(gate, Parameters=[{"Name": "Rounds", "Type": "Integer"}])
    arn = start(definition, {"Rounds": rounds})
    succeeded(aws.sagemaker, arn)
    steps = steps_of(aws.sagemaker, arn)
    assert list(steps) == (["Gate", "Inner", "Good"] if taken == "Good" else ["Gate", "Bad"])
    assert steps["Gate"]["Metadata"] == {"Condition": {"Outcome": str(taken == "Good")}}


def test_independent_steps_run_at_the_same_time(aws: SimpleNamespace, start: Callable[..., str]) -> None:
    # The entry point may have 256 characters, an environment variable 512.
    code = (
        "import os, boto3, time\n"
        "s3, place = boto3.client('s3'), {'Bucket': os.environ['BUCKET']}\n"
        "s3.put_object(**place, Key=os.environ['MINE'], Body=b'')\n"
        "deadline = time.monotonic() + 30\n"
        "while not s3.list_objects_v2(**place, Prefix=os.environ['OTHER']).get('Contents'):\n"
        "    assert time.monotonic() < deadline\n"
        "    time.sleep(0.05)\n"
    )
    environments = [
        {"CODE": code, "BUCKET": BUCKET, "MINE": f"signal/{mine}", "OTHER": f"signal/{other}"}
        for mine, other in (("A", "B"), ("B", "A"))
    ]
    both = [
        train(aws, name, "import os; exec(os.environ['CODE'])", Request={"Environment": environment})
        for name, environment in zip(("A", "B"), environments, strict=True)
    ]
    arn = start(document(*both))
    succeeded(aws.sagemaker, arn)


def test_at_most_as_many_steps_run_as_the_execution_allows(
    aws: SimpleNamespace, start: Callable[..., str]
) -> None:
    definition = document(train(aws, "A"), train(aws, "B"))
    arn = start(definition, ParallelismConfiguration={"MaxParallelExecutionSteps": 1})
    described = ended(aws.sagemaker, arn)
    assert described["ParallelismConfiguration"] == {"MaxParallelExecutionSteps": 1}
    steps = steps_of(aws.sagemaker, arn)
    assert steps["B"]["StartTime"] >= steps["A"]["EndTime"]


def test_depends_on_orders_steps_that_share_no_data(aws: SimpleNamespace, start: Callable[..., str]) -> None:
    arn = start(document(train(aws, "Second", DependsOn=["First"]), train(aws, "First")))
    succeeded(aws.sagemaker, arn)
    assert list(steps_of(aws.sagemaker, arn)) == ["First", "Second"]


def test_a_failing_job_fails_the_execution_and_nothing_is_registered(
    aws: SimpleNamespace, start: Callable[..., str]
) -> None:
    group = f"grp-{uuid.uuid4().hex[:8]}"
    code = "open('/opt/ml/output/failure', 'w').write('not enough rows'); raise SystemExit(3)"
    model = get("Steps.Train.ModelArtifacts.S3ModelArtifacts")
    arn = start(document(train(aws, "Train", code), register(group, model)))
    described = ended(aws.sagemaker, arn)
    assert described["PipelineExecutionStatus"] == "Failed"
    assert described["FailureReason"].startswith("Step failure: One or multiple steps failed.")
    assert "not enough rows" in described["FailureReason"]
    steps = steps_of(aws.sagemaker, arn)
    assert list(steps) == ["Train"]
    assert steps["Train"]["StepStatus"] == "Failed"
    assert "AlgorithmError: not enough rows" in steps["Train"]["FailureReason"]
    with pytest.raises(ClientError, match="does not exist"):
        aws.sagemaker.describe_model_package_group(ModelPackageGroupName=group)


def test_what_an_operation_refuses_is_the_steps_reason(
    aws: SimpleNamespace, start: Callable[..., str]
) -> None:
    missing = {"RoleArn": "arn:aws:iam::123456789012:role/nobody-has-this-role"}
    arn = start(document(train(aws, "Train", Request=missing)))
    assert ended(aws.sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
    reason = steps_of(aws.sagemaker, arn)["Train"]["FailureReason"]
    assert reason.startswith("ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: ")
    assert "nobody-has-this-role" in reason


@pytest.mark.parametrize(
    ("member", "computed", "text"),
    [
        (
            "InstanceCount",
            get("Parameters.Word"),
            "InstanceCount cannot be 'three': it must be of type integer",
        ),
        ("InstanceType", get("Steps.First.ResourceConfig"), "InstanceType cannot be {"),
        (
            "InstanceType",
            {"Std:Join": {"On": "", "Values": [get("Steps.First.ResourceConfig")]}},
            "Std:Join cannot join {",
        ),
    ],
)
def test_a_computed_value_of_the_wrong_kind_fails_its_step(
    aws: SimpleNamespace, start: Callable[..., str], member: str, computed: Any, text: str
) -> None:
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5, member: computed}
    second = train(aws, "Second", Request={"ResourceConfig": resources}, DependsOn=["First"])
    words = [{"Name": "Word", "Type": "String", "DefaultValue": "three"}]
    arn = start(document(train(aws, "First"), second, Parameters=words))
    assert ended(aws.sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
    assert text in steps_of(aws.sagemaker, arn)["Second"]["FailureReason"]


def test_after_a_failure_what_runs_may_end_and_nothing_starts(
    aws: SimpleNamespace, start: Callable[..., str]
) -> None:
    slow = train(aws, "Slow", "import time; time.sleep(1.5)")
    arn = start(
        document(slow, train(aws, "After", DependsOn=["Slow"]), train(aws, "Bad", "raise SystemExit(1)"))
    )
    assert ended(aws.sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
    statuses = {name: each["StepStatus"] for name, each in steps_of(aws.sagemaker, arn).items()}
    assert statuses == {"Slow": "Succeeded", "Bad": "Failed"}


def test_a_fail_step_fails_with_its_message(aws: SimpleNamespace, start: Callable[..., str]) -> None:
    message = {"Std:Join": {"On": " ", "Values": ["error of", get("Parameters.Error"), "is too large"]}}
    definition = document(
        fail("TooBad", message), Parameters=[{"Name": "Error", "Type": "Float", "DefaultValue": 1.5}]
    )
    arn = start(definition)
    assert "error of 1.5 is too large" in ended(aws.sagemaker, arn)["FailureReason"]
    (failed,) = steps_of(aws.sagemaker, arn).values()
    assert failed["StepStatus"] == "Failed"
    assert failed["Metadata"] == {"Fail": {"ErrorMessage": "error of 1.5 is too large"}}


def test_values_that_cannot_be_compared_fail_the_step(
    aws: SimpleNamespace, start: Callable[..., str]
) -> None:
    arn = start(document(condition("Gate", [compare("0.8", 0.7, "GreaterThan")])))
    assert ended(aws.sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
    reason = steps_of(aws.sagemaker, arn)["Gate"]["FailureReason"]
    assert reason == "Condition GreaterThan cannot compare '0.8', a string, with 0.7, a number."


def test_a_model_is_made_of_what_was_trained(aws: SimpleNamespace, start: Callable[..., str]) -> None:
    container = {"Image": IMAGE, "ModelDataUrl": get("Steps.Train.ModelArtifacts.S3ModelArtifacts")}
    model = step("Make_it", "Model", {"PrimaryContainer": container, "ExecutionRoleArn": aws.role})
    arn = start(document(train(aws, "Train"), model))
    succeeded(aws.sagemaker, arn)
    made = steps_of(aws.sagemaker, arn)["Make_it"]["Metadata"]["Model"]["Arn"]
    assert re.search(r"model/pipelines-[a-z0-9]{12}-make-it-[a-z0-9]{10}$", made)


def test_json_at_an_s3_location_decides(aws: SimpleNamespace, start: Callable[..., str]) -> None:
    body = json.dumps({"metrics": {"the rmse": [{"value": 0.4}]}})
    aws.s3.put_object(Bucket=BUCKET, Key="evaluation.json", Body=body.encode())
    read = {
        "Std:JsonGet": {"S3Uri": f"s3://{BUCKET}/evaluation.json", "Path": "metrics['the rmse'][0].value"}
    }
    arn = start(document(condition("Gate", [compare(read, 0.5, "LessThan")])))
    succeeded(aws.sagemaker, arn)
    assert steps_of(aws.sagemaker, arn)["Gate"]["Metadata"]["Condition"]["Outcome"] == "True"


@pytest.mark.parametrize(
    ("key", "path", "text"),
    [
        ("missing.json", "a", "The specified key does not exist"),
        ("text.json", "a", "is not JSON"),
        ("nan.json", "a", "NaN is no JSON number"),
        ("good.json", "a.c", "a has no 'c'; it has 'b'"),
    ],
)
def test_json_that_cannot_be_read_fails_the_step_and_says_why(
    aws: SimpleNamespace, start: Callable[..., str], key: str, path: str, text: str
) -> None:
    aws.s3.put_object(Bucket=BUCKET, Key="text.json", Body=b"rmse: 5")
    aws.s3.put_object(Bucket=BUCKET, Key="nan.json", Body=b'{"a": NaN}')
    aws.s3.put_object(Bucket=BUCKET, Key="good.json", Body=b'{"a": {"b": 1}}')
    read = {"Std:JsonGet": {"S3Uri": f"s3://{BUCKET}/{key}", "Path": path}}
    arn = start(document(condition("Gate", [compare(read, 1)], if_steps=[train(aws, "Train")])))
    assert ended(aws.sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
    steps = steps_of(aws.sagemaker, arn)
    assert list(steps) == ["Gate"]
    assert text in steps["Gate"]["FailureReason"]


def test_stopping_an_execution_stops_its_job_and_starts_nothing_more(
    aws: SimpleNamespace, start: Callable[..., str]
) -> None:
    arn = start(document(train(aws, "Slow", SLEEP), train(aws, "After", DependsOn=["Slow"])))
    job = running_job(aws.sagemaker, arn, "Slow")
    assert aws.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionArn"] == arn
    assert ended(aws.sagemaker, arn)["PipelineExecutionStatus"] == "Stopped"
    assert {name: each["StepStatus"] for name, each in steps_of(aws.sagemaker, arn).items()} == {
        "Slow": "Stopped"
    }
    assert finished(aws.sagemaker, job)["TrainingJobStatus"] == "Stopped"
    with pytest.raises(aws.sagemaker.exceptions.ConflictException, match="is in status Stopped"):
        aws.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)


def running_job(sagemaker: Any, arn: str, step_name: str, seconds: float = 20) -> str:
    """Return the name of a step's training job once it trains."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        jobs = sagemaker.list_training_jobs(NameContains=f"{arn.rpartition('/')[2]}-{step_name}")
        for job in jobs["TrainingJobSummaries"]:
            name: str = job["TrainingJobName"]
            if sagemaker.describe_training_job(TrainingJobName=name)["SecondaryStatus"] == "Training":
                return name
        time.sleep(0.01)
    raise AssertionError(f"{step_name} does not train")


def test_a_job_that_somebody_stops_fails_its_step(aws: SimpleNamespace, start: Callable[..., str]) -> None:
    arn = start(document(train(aws, "Slow", SLEEP), train(aws, "After", DependsOn=["Slow"])))
    aws.sagemaker.stop_training_job(TrainingJobName=running_job(aws.sagemaker, arn, "Slow"))
    assert ended(aws.sagemaker, arn)["PipelineExecutionStatus"] == "Failed"
    assert "was stopped before its end" in steps_of(aws.sagemaker, arn)["Slow"]["FailureReason"]


def test_a_token_starts_one_execution_only(aws: SimpleNamespace, start: Callable[..., str]) -> None:
    token = uuid.uuid4().hex
    arn = start(document(fail("No")), ClientRequestToken=token)
    name = arn.split("/")[1]
    again = {"PipelineName": name, "PipelineParameters": [], "ClientRequestToken": token}
    assert aws.sagemaker.start_pipeline_execution(**again)["PipelineExecutionArn"] == arn
    listed = aws.sagemaker.list_pipeline_executions(PipelineName=name)
    assert len(listed["PipelineExecutionSummaries"]) == 1
    with pytest.raises(aws.sagemaker.exceptions.ConflictException, match="ClientRequestToken was used"):
        aws.sagemaker.start_pipeline_execution(**again, PipelineExecutionDisplayName="other")


def test_executions_are_described_and_listed_latest_first(
    aws: SimpleNamespace, start: Callable[..., str]
) -> None:
    first = start(
        document(fail("No")), PipelineExecutionDisplayName="first", PipelineExecutionDescription="d"
    )
    name = first.split("/")[1]
    described = ended(aws.sagemaker, first)
    assert described["PipelineExecutionDisplayName"] == "first"
    assert described["PipelineExecutionDescription"] == "d"
    assert described["PipelineArn"] == first.partition("/execution/")[0]
    second = aws.sagemaker.start_pipeline_execution(PipelineName=name)["PipelineExecutionArn"]
    assert re.fullmatch(r"execution-\d{13}", ended(aws.sagemaker, second)["PipelineExecutionDisplayName"])
    listed = aws.sagemaker.list_pipeline_executions(PipelineName=name)["PipelineExecutionSummaries"]
    assert [each["PipelineExecutionArn"] for each in listed] == [second, first]
    assert listed[0]["PipelineExecutionFailureReason"].endswith("No: no")
    assert "LastRunTime" in aws.sagemaker.describe_pipeline(PipelineName=name)


def test_an_execution_keeps_the_definition_that_it_started_with(
    aws: SimpleNamespace, start: Callable[..., str]
) -> None:
    arn = start(document(fail("Old")))
    aws.sagemaker.update_pipeline(
        PipelineName=arn.split("/")[1], PipelineDefinition=document(fail("New")), RoleArn=aws.role
    )
    kept = aws.sagemaker.describe_pipeline_definition_for_execution(PipelineExecutionArn=arn)
    assert json.loads(kept["PipelineDefinition"])["Steps"][0]["Name"] == "Old"


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({}, "Parameters without a default need a value: Rounds"),
        ({"Rounds": "many"}, 'Rounds is of type Integer, and "many" is not'),
        ({"Rounds": "2.5"}, "Rounds is of type Integer"),
        ({"Rounds": "2", "Rate": "nan"}, "Rate is of type Float"),
        ({"Rounds": "2", "Size": "huge"}, "none of the values that parameter Size allows: small, large"),
        ({"Rounds": "2", "Colour": "red"}, "The pipeline has no parameter Colour; it has Rounds, Rate, Size"),
    ],
)
def test_parameters_that_do_not_fit_start_nothing(
    aws: SimpleNamespace, start: Callable[..., str], given: dict[str, str], text: str
) -> None:
    parameters = [
        {"Name": "Rounds", "Type": "Integer"},
        {"Name": "Rate", "Type": "Float", "DefaultValue": 0.1},
        {"Name": "Size", "Type": "String", "DefaultValue": "small", "EnumValues": ["small", "large"]},
    ]
    with pytest.raises(ClientError, match=text) as refused:
        start(document(fail("No"), Parameters=parameters), given)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"SelectiveExecutionConfig": {"SelectedSteps": [{"StepName": "No"}]}}, "SelectiveExecutionConfig"),
        ({"PipelineVersionId": 3}, "PipelineVersionId"),
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody-has-this-role"}, "nobody-has-this-role"),
    ],
)
def test_what_an_execution_cannot_do_is_refused_by_name(
    start: Callable[..., str], members: dict[str, Any], text: str
) -> None:
    with pytest.raises(ClientError, match=text) as refused:
        start(document(fail("No")), **members)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize(
    "ask",
    [
        "describe_pipeline_execution",
        "describe_pipeline_definition_for_execution",
        "list_pipeline_execution_steps",
        "list_pipeline_parameters_for_execution",
        "stop_pipeline_execution",
    ],
)
def test_an_execution_that_does_not_exist_is_named(aws: SimpleNamespace, ask: str) -> None:
    arn = "arn:aws:sagemaker:us-east-1:123456789012:pipeline/nobody/execution/abcdefghijkl"
    with pytest.raises(aws.sagemaker.exceptions.ResourceNotFound, match=f"Pipeline execution '{arn}'"):
        getattr(aws.sagemaker, ask)(PipelineExecutionArn=arn)


def test_a_pipeline_is_deleted_with_its_executions_once_they_are_over(
    aws: SimpleNamespace, start: Callable[..., str]
) -> None:
    arn = start(document(train(aws, "Slow", SLEEP)))
    name = arn.split("/")[1]
    running_job(aws.sagemaker, arn, "Slow")
    with pytest.raises(
        aws.sagemaker.exceptions.ConflictException, match=r"in status Executing\. Stop it first"
    ):
        aws.sagemaker.delete_pipeline(PipelineName=name)
    aws.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    ended(aws.sagemaker, arn)
    aws.sagemaker.delete_pipeline(PipelineName=name)
    with pytest.raises(aws.sagemaker.exceptions.ResourceNotFound):
        aws.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
    with pytest.raises(aws.sagemaker.exceptions.ResourceNotFound):
        aws.sagemaker.start_pipeline_execution(PipelineName=name)
