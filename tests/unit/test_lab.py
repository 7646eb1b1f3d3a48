"""Opening the lab: names, credentials, which AWS, and what is kept on disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from mllab_helpers import Lab, names, storage, texts
from mllab_helpers.aws_errors import translate
from mllab_helpers.errors import (
    AwsRefused,
    Denied,
    ExpiredCredentials,
    ForeignDirectory,
    LocalAwsDied,
    LocalAwsForgot,
    NoConnection,
    NoCredentials,
    OutOfOrder,
    QuotaExceeded,
    Throttled,
    UnknownBackend,
    UnknownLanguage,
    UnknownRegion,
    WrongCredentials,
    WrongResourceName,
    WrongStudentName,
)
from mllab_helpers.lab import ledger


@pytest.mark.parametrize(
    ("student", "suggestion"),
    [
        ("ana_maria", "anamaria"),
        ("ana-maria", "anamaria"),
        ("Ana", "ana"),
        ("José Núñez", "josenunez"),
        ("a" * 30, "a" * 12),
        ("ana.b", "anab"),
        ("", "ana"),
        ("日本", "ana"),
    ],
)
def test_a_student_name_that_aws_refuses_is_refused_with_a_valid_proposal(student, suggestion):
    with pytest.raises(WrongStudentName) as refused:
        Lab.open(backend="local", student=student)
    assert repr(suggestion) in str(refused.value)
    assert names.check_student(suggestion) == suggestion


def test_the_message_speaks_the_language_that_was_asked_for():
    with pytest.raises(WrongStudentName, match="The student name 'Ana' cannot be used"):
        Lab.open(backend="local", student="Ana", language="en")


def test_an_unknown_backend_or_language_is_refused_by_name():
    with pytest.raises(UnknownBackend, match=r"'azure'.*auto, local, aws"):
        Lab.open(backend="azure")
    with pytest.raises(UnknownLanguage, match=r"'fr'.*es, en"):
        Lab.open(backend="local", language="fr")


def test_resource_names_carry_the_student_and_fit_sagemaker(lab):
    assert lab.name("xgb-endpoint") == "mllab-ana-xgb-endpoint"
    assert lab.unique_name("xgb") == "mllab-ana-xgb-20270115-080000"
    for thing in ("under_score", "ends-", "with space", "x" * 60, ""):
        with pytest.raises(WrongResourceName):
            lab.name(thing)


def test_the_longest_student_name_fits_a_bucket_and_a_tuning_job():
    student = "x" * names.STUDENT_LENGTH
    assert len(names.bucket_name("123456789012", "ap-southeast-1", student)) <= 63
    assert len(names.resource_name(student, "xgb-tuning")) <= 32


def test_every_resource_is_tagged_with_its_student(lab):
    assert {"Key": "mllab:student", "Value": "ana"} in lab.tags


def test_the_lab_shows_itself_in_one_line_of_the_chosen_language(lab):
    assert repr(lab) == "Laboratorio de ana en AWS (región us-east-1, cuenta 123456789012)"


# --- the state


def test_what_was_remembered_is_recalled_by_another_lab_of_the_same_student(make_lab):
    make_lab().remember("training", {"job": "mllab-ana-xgb", "rounds": 300})
    assert make_lab().recall("training") == {"job": "mllab-ana-xgb", "rounds": 300}
    with pytest.raises(OutOfOrder):
        make_lab(student="eva").recall("training")


@pytest.mark.parametrize(
    ("topic", "language", "notebook"),
    [
        ("role", "es", "01_preparacion.ipynb"),
        ("training", "es", "02_entrenamiento.ipynb"),
        ("deployment", "en", "03_deployment.ipynb"),
    ],
)
def test_a_notebook_out_of_order_names_the_one_to_run_first(lab, topic, language, notebook):
    texts.use(language)
    with pytest.raises(OutOfOrder, match=notebook):
        lab.recall(topic)


def test_the_role_is_asked_for_by_name_when_notebook_01_did_not_run(lab):
    with pytest.raises(OutOfOrder, match="el rol de ejecución"):
        _ = lab.role_arn


def test_a_restarted_local_aws_is_said_to_have_forgotten_everything(make_lab):
    make_lab(incarnation="first").remember("training", {"job": "a"})
    second = make_lab(incarnation="second")
    with pytest.raises(LocalAwsForgot, match="01_preparacion"):
        second.recall("training")
    second.remember("role", {"arn": "b"})
    with pytest.raises(OutOfOrder):
        second.recall("training")


def test_a_damaged_state_file_counts_as_nothing_finished(lab):
    lab.remember("training", {"job": "a"})
    (lab.folder / "state.json").write_text('{"incarn')
    with pytest.raises(OutOfOrder):
        lab.recall("training")


def test_a_topic_that_no_notebook_writes_is_a_programming_error(lab):
    with pytest.raises(ValueError, match="trainnig"):
        lab.remember("trainnig", {})


# --- the ledger


def test_the_ledger_knows_a_resource_even_when_creating_it_failed(lab, stub):
    s3 = stub("s3")
    s3.add_client_error("head_bucket", "404")
    s3.add_client_error("create_bucket", "InternalError")
    with pytest.raises(AwsRefused):
        storage.ensure_bucket(lab)
    assert [(entry.kind, entry.name) for entry in lab.ledger()] == [("bucket", lab.bucket)]


def test_half_a_line_at_the_end_of_the_ledger_loses_nothing_else(lab):
    lab.note_creating("model", "one")
    path = lab.folder / "ledger.jsonl"
    path.write_bytes(path.read_bytes() + b'{"at": 1.0, "event": "crea')
    lab.note_creating("model", "two")
    assert [entry.name for entry in lab.ledger()] == ["one", "two"]


def test_a_swept_chapter_can_be_read_until_something_new_is_created(lab):
    lab.note_creating("model", "old")
    lab.note_swept()
    assert [entry.name for entry in lab.ledger()] == ["old", ""]
    lab.note_creating("model", "new")
    assert [entry.name for entry in lab.ledger()] == ["new"]


def test_the_ledger_of_an_earlier_life_of_the_local_aws_is_not_read(make_lab):
    make_lab(incarnation="first").note_creating("model", "gone")
    assert make_lab(incarnation="second").ledger() == []


def test_a_ledger_that_does_not_exist_is_empty(tmp_path):
    assert ledger.read(tmp_path / "none.jsonl", "") == []


# --- errors of boto3


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ExpiredToken", ExpiredCredentials),
        ("InvalidClientTokenId", WrongCredentials),
        ("AccessDeniedException", Denied),
        ("AuthorizationError", Denied),
        ("ResourceLimitExceeded", QuotaExceeded),
        ("ThrottlingException", Throttled),
        ("TooManyRequestsException", Throttled),
        ("ValidationException", AwsRefused),
    ],
)
def test_what_aws_refuses_is_explained_and_keeps_its_cause(code, error):
    cause = ClientError({"Error": {"Code": code, "Message": "because."}}, "CreateEndpoint")
    with pytest.raises(error) as explained, translate():
        raise cause
    assert explained.value.__cause__ is cause


@pytest.mark.parametrize(("code", "helps"), [("ResourceLimitExceeded", True), ("LimitExceeded", False)])
def test_other_machines_are_named_where_machines_lack_quota_and_nowhere_else(code, helps):
    texts.use("en")
    cause = ClientError({"Error": {"Code": code, "Message": "PoliciesPerRole: 10"}}, "AttachRolePolicy")
    with pytest.raises(QuotaExceeded) as explained, translate():
        raise cause
    assert ("instance types" in str(explained.value)) == helps


def test_an_unreachable_address_is_the_local_aws_or_the_internet():
    with pytest.raises(LocalAwsDied, match="mllab local logs"), translate():
        raise EndpointConnectionError(endpoint_url="http://127.0.0.1:4566/")
    with pytest.raises(NoConnection, match="amazonaws"), translate():
        raise EndpointConnectionError(endpoint_url="https://s3.us-east-1.amazonaws.com/")


# --- which AWS


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """A machine without any AWS settings."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("MLLAB_HOME", str(tmp_path / "home"))
    return


@pytest.mark.usefixtures("nobody")
def test_missing_credentials_are_said_before_anything_is_created(tmp_path):
    with pytest.raises(NoCredentials, match="no se ha creado nada"):
        Lab.open(backend="aws")
    assert not (tmp_path / "home").exists()


@pytest.mark.usefixtures("nobody")
def test_a_region_that_does_not_exist_is_refused_by_name():
    with pytest.raises(UnknownRegion, match=r"us-esat-1.*us-east-1"):
        Lab.open(backend="aws", region="us-esat-1")


@pytest.mark.usefixtures("nobody")
def test_keys_of_the_local_aws_are_never_sent_to_aws(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    with pytest.raises(NoCredentials):
        Lab.open(backend="aws")


@pytest.mark.usefixtures("nobody")
def test_a_directory_of_something_else_is_refused_in_one_language(monkeypatch, tmp_path):
    (tmp_path / "thesis.txt").touch()
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(tmp_path))
    with pytest.raises(ForeignDirectory, match="no es del AWS local: contiene thesis") as refused:
        Lab.open(backend="local", language="es")
    assert "data directory" not in str(refused.value)


def test_the_local_aws_is_started_found_again_and_missed_when_it_dies(monkeypatch, tmp_path):
    from mllab_localaws import daemon

    monkeypatch.setenv("AWS_PROFILE", "work")
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(tmp_path / "local"))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    lab = Lab.open(backend="local", student="eva")
    try:
        lab.remember("role", {"arn": "some"})
        assert Lab.open(backend="local", student="eva").recall("role") == {"arn": "some"}
        assert boto3.client("sts").get_caller_identity()["Account"] == lab.account
        # The teacher may prepare wherever the lab is opened, and nowhere that does not exist.
        with pytest.raises(UnknownRegion, match="us-esat-1"):
            Lab.open(backend="local", student="eva", region="us-esat-1")
        for region in ("eu-west-1", "us-east-1"):
            storage.ensure_bucket(Lab.open(backend="local", student="eva", region=region))
        pid = daemon.status(tmp_path / "local").pid
        os.kill(pid, signal.SIGKILL)
        while _alive(pid):
            time.sleep(0.01)
        with pytest.raises(LocalAwsDied):
            storage.ensure_bucket(lab)
        with pytest.raises(LocalAwsForgot):
            Lab.open(backend="local", student="eva").recall("role")
        with pytest.raises(NoCredentials):
            Lab.open(backend="aws")
        assert os.environ["AWS_PROFILE"] == "work"
        assert "AWS_ENDPOINT_URL" not in os.environ
    finally:
        daemon.stop(tmp_path / "local")


def _alive(pid):
    try:
        os.waitpid(pid, os.WNOHANG)
        os.kill(pid, 0)
    except (ChildProcessError, ProcessLookupError):
        return False
    return True


def test_importing_the_helpers_loads_nothing_heavy():
    heavy = "{'pandas', 'matplotlib', 'moto', 'sagemaker', 'boto3', 'xgboost', 'mllab_localaws'}"
    code = f"import sys, mllab_helpers; print({heavy} & set(sys.modules))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
