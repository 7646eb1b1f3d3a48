"""Models, endpoints, and what they answer."""

from __future__ import annotations

import io
import json
import tarfile
from datetime import datetime, timezone

import numpy as np
import pandas as pd
import pytest
import xgboost
from botocore.response import StreamingBody

from mllab_helpers import storage, texts
from mllab_helpers.deployment import deployment, predictions
from mllab_helpers.errors import (
    EndpointFailed,
    EndpointNotFound,
    ModelRejected,
    QuotaExceeded,
    RowNotNumeric,
    RowsRagged,
    TooFewRequests,
    WrongContentType,
    WrongResourceName,
)
from mllab_helpers.housing.features import FEATURES, HOUSE_FIELDS, model_row
from mllab_helpers.identity import identity

ENDPOINT = "mllab-ana-xgb-endpoint"
CONFIG = "mllab-ana-xgb-c0ffee"
NOW = datetime(2027, 1, 1, tzinfo=timezone.utc)
ABSENT = ("ValidationException", 'Could not find endpoint "arn".')
HOUSE = {
    **dict.fromkeys(HOUSE_FIELDS, 0),
    "sqft_living": 1800,
    "sqft_living15": 1700,
    "lat": 47.6,
    "long": -122.3,
    "yr_built": 1960,
    "date": "2015-03-01",
}


@pytest.fixture(autouse=True)
def with_role(lab):
    lab.remember("role", {"arn": "arn:aws:iam::123456789012:role/mllab-ana-execution-role"})


def endpoint(status="InService", config=CONFIG, **more):
    return {
        "EndpointName": ENDPOINT,
        "EndpointArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint/mllab-ana-xgb-endpoint",
        "EndpointConfigName": config,
        "EndpointStatus": status,
        "CreationTime": NOW,
        "LastModifiedTime": NOW,
        **more,
    }


def guard(stub):
    """Script the answers to the alarm that comes with an endpoint; its schedule is tested elsewhere."""
    stub("cloudwatch").add_response("put_metric_alarm", {})


def unguard(stub):
    """Script the answers to the removal of its schedule and its alarm."""
    stub("scheduler").add_client_error("delete_schedule", "ResourceNotFoundException", "does not exist")
    cloudwatch = stub("cloudwatch")
    cloudwatch.add_response("delete_alarms", {})
    return cloudwatch


def config(instance_type="ml.m5.large", instances=2):
    variant = {
        "VariantName": "AllTraffic",
        "ModelName": "m",
        "InstanceType": instance_type,
        "InitialInstanceCount": instances,
    }
    return {
        "EndpointConfigName": CONFIG,
        "EndpointConfigArn": "arn:aws:sagemaker:us-east-1:123456789012:endpoint-config/xgb",
        "ProductionVariants": [variant],
        "CreationTime": NOW,
    }


# --- making endpoints, with AWS's answers from a script


def test_an_endpoint_that_is_as_it_should_be_is_left_alone(lab, stub):
    sagemaker = stub("sagemaker")
    guard(stub)
    sagemaker.add_response("describe_endpoint", endpoint())
    sagemaker.add_response("add_tags", {})
    sagemaker.add_response("describe_endpoint", endpoint())
    sagemaker.add_response("describe_endpoint_config", config())
    found = deployment.ensure_endpoint(lab, ENDPOINT, config=CONFIG)
    assert repr(found) == (
        f"Endpoint {ENDPOINT}: InService, 0.230 USD por hora en AWS "
        "(precio de lista de us-east-1, 2026-07-30)"
    )
    noted = dict.fromkeys((entry.event, entry.kind) for entry in lab.ledger())
    assert list(noted) == [("expires", "endpoint"), ("creating", "alarm")]


def test_the_price_is_that_of_the_instances_that_run_whatever_was_asked_for(lab, stub):
    sagemaker = stub("sagemaker")
    now = [{"VariantName": each, "CurrentInstanceCount": count} for each, count in (("a", 1), ("b", 2))]
    sagemaker.add_response("describe_endpoint", endpoint(ProductionVariants=now))
    sagemaker.add_response("describe_endpoint_config", config(instances=1))
    found = deployment.describe_endpoint(lab, ENDPOINT)
    assert (found.instances, found.usd_per_hour) == (3, pytest.approx(0.345))


def test_an_endpoint_on_another_configuration_is_updated_in_place(lab, stub):
    sagemaker = stub("sagemaker")
    guard(stub)
    sagemaker.add_response("describe_endpoint", endpoint(config="mllab-ana-old"))
    sagemaker.add_response("add_tags", {})
    sagemaker.add_response(
        "update_endpoint", {"EndpointArn": "a" * 20}, {"EndpointName": ENDPOINT, "EndpointConfigName": CONFIG}
    )
    sagemaker.add_response("describe_endpoint", endpoint("Updating", config="mllab-ana-old"))
    sagemaker.add_response("describe_endpoint", endpoint())
    sagemaker.add_response("describe_endpoint_config", config())
    assert deployment.ensure_endpoint(lab, ENDPOINT, config=CONFIG).config == CONFIG


def test_a_failed_endpoint_is_deleted_and_created_anew(lab, stub):
    sagemaker = stub("sagemaker")
    for _ in range(2):
        sagemaker.add_response("describe_endpoint", endpoint("Failed"))
    sagemaker.add_response("describe_endpoint_config", config())
    sagemaker.add_response("delete_endpoint", {})
    sagemaker.add_response("describe_endpoint", endpoint("Deleting"))
    sagemaker.add_client_error("describe_endpoint", *ABSENT)
    unguard(stub).add_response("put_metric_alarm", {})
    sagemaker.add_client_error("add_tags", *ABSENT)
    sagemaker.add_response("describe_endpoint_config", config())
    sagemaker.add_response("create_endpoint", {"EndpointArn": "a" * 20})
    sagemaker.add_response("describe_endpoint", endpoint("Creating"))
    sagemaker.add_response("describe_endpoint", endpoint())
    sagemaker.add_response("describe_endpoint_config", config())
    assert deployment.ensure_endpoint(lab, ENDPOINT, config=CONFIG).status == "InService"
    noted = dict.fromkeys(entry.event for entry in lab.ledger() if entry.kind == "endpoint")
    assert list(noted) == ["deleted", "expires", "creating"]


def test_an_update_that_was_rolled_back_is_a_failure_with_the_end_of_the_log(lab, stub):
    sagemaker, logs = stub("sagemaker"), stub("logs")
    sagemaker.add_response(
        "describe_endpoint", endpoint(config="mllab-ana-old", FailureReason="did not pass the ping")
    )
    logs.add_response("describe_log_streams", {"logStreams": [{"logStreamName": "AllTraffic/i-1"}]})
    for events in ([{"message": "ImportError: no module"}], []):
        logs.add_response("get_log_events", {"events": events, "nextForwardToken": "end"})
    with pytest.raises(EndpointFailed, match=r"(?s)did not pass the ping.*ImportError"):
        deployment.wait_for_endpoint(lab, ENDPOINT, config=CONFIG)


def test_ctrl_c_says_that_the_endpoint_goes_on_and_how_to_delete_it(lab, stub, capsys):
    stub("sagemaker").add_response("describe_endpoint", endpoint("Creating"))

    def interrupted(_seconds):
        raise KeyboardInterrupt

    object.__setattr__(lab.clock, "sleep", interrupted)
    with pytest.raises(KeyboardInterrupt):
        deployment.wait_for_endpoint(lab, ENDPOINT)
    assert f'deployment.delete_endpoint(lab, "{ENDPOINT}")' in capsys.readouterr().out


def test_an_account_without_quota_is_told_so(lab, stub):
    sagemaker = stub("sagemaker")
    sagemaker.add_client_error("describe_endpoint", *ABSENT)
    sagemaker.add_client_error("add_tags", *ABSENT)
    sagemaker.add_response("describe_endpoint_config", config())
    sagemaker.add_client_error("create_endpoint", "ResourceLimitExceeded", "limit 'ml.m5.large' is 0.")
    with pytest.raises(QuotaExceeded, match="Service Quotas"):
        deployment.ensure_endpoint(lab, ENDPOINT, config=CONFIG)


def test_deleting_an_endpoint_that_is_gone_is_silent(lab, stub):
    stub("sagemaker").add_client_error("describe_endpoint", *ABSENT)
    unguard(stub)
    deployment.delete_endpoint(lab, ENDPOINT)


def test_describing_an_endpoint_that_is_not_there_names_it(lab, stub):
    stub("sagemaker").add_client_error("describe_endpoint", *ABSENT)
    with pytest.raises(EndpointNotFound, match=ENDPOINT):
        deployment.describe_endpoint(lab, ENDPOINT)


def test_names_that_clean_up_would_not_find_are_refused(lab):
    with pytest.raises(WrongResourceName, match="mllab-ana-"):
        deployment.ensure_endpoint(lab, "xgboost-endpoint", config=CONFIG)
    with pytest.raises(WrongResourceName):
        deployment.ensure_model(lab, "my_model", artefact="s3://b/model.tar.gz")


def test_the_same_model_has_the_same_name_and_another_one_stands_beside_it(lab, stub):
    sagemaker = stub("sagemaker")
    for _ in range(3):
        sagemaker.add_client_error("describe_model", "ValidationException", 'Could not find model "arn".')
        sagemaker.add_response("create_model", {"ModelArn": "a" * 20})
    first, again, other = (
        deployment.ensure_model(lab, lab.name("xgb"), artefact=f"s3://b/{key}/model.tar.gz")
        for key in ("one", "one", "two")
    )
    assert first == again
    assert first != other
    assert first.startswith("mllab-ana-xgb-")


# --- predictions, with the runtime's answers from a script


def answer(text):
    body = text.encode()
    return {"Body": StreamingBody(io.BytesIO(body), len(body)), "ContentType": "text/csv"}


def csv_request(body):
    return {"EndpointName": ENDPOINT, "Body": body, "ContentType": "text/csv", "Accept": "text/csv"}


@pytest.mark.parametrize(
    ("rows", "body"),
    [
        ([[1, 2.5], [3, None]], b"1,2.5\n3,"),
        (np.array([[1, 2.5], [3, np.nan]]), b"1,2.5\n3,"),
        (pd.DataFrame({"a": [1, 3], "b": [2.5, np.nan]}), b"1,2.5\n3,"),
        (pd.DataFrame({"a": [1.0]}).iloc[0], b"1"),
    ],
)
def test_rows_travel_as_csv_without_header_whatever_they_came_in(lab, stub, rows, body):
    lines = body.count(b"\n") + 1
    stub("sagemaker-runtime").add_response("invoke_endpoint", answer("4.5\n" * lines), csv_request(body))
    assert predictions.predict(lab, ENDPOINT, rows) == [4.5] * lines


def test_one_flat_row_is_one_row(lab, stub):
    stub("sagemaker-runtime").add_response("invoke_endpoint", answer("9\n"), csv_request(b"1,2,3"))
    assert predictions.predict(lab, ENDPOINT, [1, 2, 3]) == [9.0]


def test_the_comma_answers_of_old_containers_are_read_too(lab, stub):
    stub("sagemaker-runtime").add_response("invoke_endpoint", answer("1.5,2.5"))
    assert predictions.predict(lab, ENDPOINT, [[1], [2]]) == [1.5, 2.5]


def test_many_rows_are_sent_in_requests_that_stay_below_the_limit(lab, stub, monkeypatch):
    monkeypatch.setattr(predictions, "CHUNK_BYTES", 8)
    runtime = stub("sagemaker-runtime")
    for body in (b"1,2\n1,2", b"1,2"):
        runtime.add_response("invoke_endpoint", answer("7\n" * (body.count(b"\n") + 1)), csv_request(body))
    assert predictions.predict(lab, ENDPOINT, [[1, 2]] * 3) == [7.0] * 3


@pytest.mark.parametrize(
    ("rows", "error", "said"),
    [
        ([[1, 2], [3, "grande"]], RowNotNumeric, "fila 2, columna 2.*'grande'"),
        ([[1, 2], [3]], RowsRagged, "1, 2"),
        ([], RowsRagged, "al menos una fila"),
    ],
)
def test_rows_that_a_model_cannot_read_are_refused_before_sending(lab, rows, error, said):
    with pytest.raises(error, match=said):
        predictions.predict(lab, ENDPOINT, rows)


def model_error(status, message):
    return {
        "service_error_code": "ModelError",
        "service_message": "Received error from primary",
        "modeled_fields": {"OriginalStatusCode": status, "OriginalMessage": message},
    }


def test_json_to_the_csv_endpoint_is_explained(lab, stub):
    refusal = model_error(415, "application/json is not an accepted ContentType: csv")
    stub("sagemaker-runtime").add_client_error("invoke_endpoint", **refusal)
    with pytest.raises(WrongContentType, match=r"(?s)415.*not an accepted ContentType.*text/csv"):
        predictions.predict_json(lab, ENDPOINT, [HOUSE])


@pytest.mark.parametrize(
    "said",
    [
        "no columns\nStack trace:\n  [bt] (0)",
        '{"error": "E", "error-message": "no columns", "stack-trace": ""}',
    ],
)
def test_what_the_container_says_is_shown_without_its_stack_trace(lab, stub, said):
    stub("sagemaker-runtime").add_client_error("invoke_endpoint", **model_error(400, said))
    with pytest.raises(ModelRejected, match=r"\(400\): no columns\n") as rejected:
        predictions.predict(lab, ENDPOINT, [1])
    assert "trace" not in str(rejected.value).lower()


def test_an_unknown_endpoint_is_named(lab, stub):
    stub("sagemaker-runtime").add_client_error(
        "invoke_endpoint", "ValidationError", f"Endpoint {ENDPOINT} of account 1 not found."
    )
    with pytest.raises(EndpointNotFound, match=ENDPOINT):
        predictions.predict(lab, ENDPOINT, [1])


# --- for real, on a local AWS


@pytest.fixture(scope="module")
def booster():
    generator = np.random.default_rng(7)
    rows = generator.normal(size=(50, len(FEATURES)))
    return xgboost.train({"nthread": 1, "max_depth": 2}, xgboost.DMatrix(rows, rows[:, 0]), num_boost_round=2)


@pytest.fixture
def artefact(real_lab, booster):
    storage.ensure_bucket(real_lab)
    identity.ensure_execution_role(real_lab)
    packed, model = io.BytesIO(), booster.save_raw("ubj")
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("xgboost-model")
        member.size = len(model)
        archive.addfile(member, io.BytesIO(model))
    return storage.upload_bytes(real_lab, packed.getvalue(), "models/model.tar.gz").uri


def serve(lab, artefact, environment=None):
    model = deployment.ensure_model(lab, lab.name("xgb"), artefact=artefact, environment=environment)
    name = deployment.ensure_endpoint_config(lab, lab.name("xgb"), model=model)
    return deployment.ensure_endpoint(lab, lab.name("xgb-endpoint"), config=name).name


def test_an_endpoint_answers_csv_then_json_with_the_script_and_is_deleted(real_lab, artefact, booster):
    texts.use("en")
    name = serve(real_lab, artefact)
    row = model_row(HOUSE)
    expected = float(booster.inplace_predict(np.array([row], dtype=np.float32))[0])
    assert predictions.predict(real_lab, name, row) == pytest.approx([expected])
    assert serve(real_lab, artefact) == name
    assert list(predictions.measure_latency(real_lab, name, [row, row], count=3).columns) == ["milliseconds"]
    with pytest.raises(WrongContentType):
        predictions.predict_json(real_lab, name, [HOUSE])

    scripted = deployment.package_inference_script(real_lab, artefact)
    assert serve(real_lab, scripted, deployment.SCRIPT_MODE) == name
    assert predictions.predict_json(real_lab, name, [HOUSE, HOUSE]) == pytest.approx([expected] * 2)
    assert predictions.predict_json(real_lab, name, [row]) == pytest.approx([expected])
    with pytest.raises(ModelRejected, match="cannot be priced"):
        predictions.predict_json(real_lab, name, [{"bedrooms": 3}])

    deployment.delete_endpoint(real_lab, name)
    deployment.delete_endpoint(real_lab, name)
    with pytest.raises(EndpointNotFound):
        predictions.predict(real_lab, name, row)


def test_an_endpoint_whose_artefact_is_damaged_says_why(real_lab, artefact):
    broken = storage.upload_bytes(real_lab, b"no archive", "models/broken.tar.gz").uri
    with pytest.raises(EndpointFailed, match=r"broken\.tar\.gz"):
        serve(real_lab, broken)


def test_the_packed_archive_says_nothing_of_who_packed_it(real_lab, artefact):
    first = storage.download(real_lab, deployment.package_inference_script(real_lab, artefact))
    with tarfile.open(fileobj=io.BytesIO(first)) as archive:
        members = {member.name: member for member in archive.getmembers()}
    assert {"xgboost-model", "code/inference.py", "code/mllab_helpers/housing/features.py"} <= set(members)
    assert {(member.uid, member.uname, member.mtime) for member in members.values()} == {(0, "", 0)}


# --- inference.py by itself, as the container calls it


@pytest.mark.parametrize(
    ("body", "content_type", "said"),
    [
        ("1,2", "text/csv", "application/json"),
        ("[1, 2]", "application/json", "instances"),
        ('{"instances": []}', "application/json", "at least one"),
        ('{"instances": ["a"]}', "application/json", "an object or a list"),
        ('{"instances": [[1], [1, 2]]}', "application/json", "same number"),
        ('{"instances": [[1, "a"]]}', "application/json", 'not "a"'),
        ('{"instances": [[1, [2]]]}', "application/json", r"not \[2\]"),
        ("{", "application/json", "not JSON"),
    ],
)
def test_the_script_says_what_is_wrong_with_a_request(body, content_type, said):
    from mllab_helpers.scripts import inference

    texts.use("en")
    with pytest.raises(ValueError, match=said):
        inference.input_fn(body, content_type)


def test_the_script_reads_gaps_and_writes_the_built_in_shape():
    from mllab_helpers.scripts import inference

    rows = inference.input_fn(b'{"instances": [[1, null]]}', "application/json; charset=utf-8")
    assert np.isnan(rows[0, 1])
    text, content_type = inference.output_fn(np.array([2.5]), "*/*")
    assert (json.loads(text), content_type) == ({"predictions": [{"score": 2.5}]}, "application/json")


def test_measuring_no_request_at_all_is_refused(lab):
    texts.use("en")
    with pytest.raises(TooFewRequests, match="at least one"):
        predictions.measure_latency(lab, "mllab-ana-houses", [[1.0]], count=0)
