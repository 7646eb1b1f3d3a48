"""What the lab does when its process runs in a notebook instance, by faked metadata."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.stub import Stubber

from mllab_helpers.instance import links, notebook_instance
from mllab_helpers.lab import connection
from mllab_helpers.lab.instance import Instance, this_instance

ARN = "arn:aws:sagemaker:eu-west-1:123456789012:notebook-instance/mi-banco"


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """Return a function that writes instance metadata, of a notebook instance by default."""
    for name in ("AWS_ENDPOINT_URL", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_REGION", "MLLAB_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    def write(content=None):
        about = {"ResourceArn": ARN, "ResourceName": "Mi-Banco"}
        path = tmp_path / "resource-metadata.json"
        path.write_text(json.dumps(about) if content is None else content)
        monkeypatch.setenv("MLLAB_INSTANCE_METADATA", str(path))

    return write


@pytest.fixture
def described(monkeypatch):
    """Return a function that says how AWS answers the client that the next link makes."""

    def answer(operation, response=None, error=""):
        sagemaker = boto3.Session("key", "secret", region_name="eu-west-1").client("sagemaker")
        stub = Stubber(sagemaker)
        if error:
            stub.add_client_error(operation, error)
        else:
            stub.add_response(operation, response)
        stub.activate()
        monkeypatch.setattr(boto3, "client", lambda *_, **__: sagemaker)

    links._host.cache_clear()
    yield answer
    links._host.cache_clear()


def test_on_a_laptop_there_is_no_instance(monkeypatch, tmp_path):
    monkeypatch.setenv("MLLAB_INSTANCE_METADATA", str(tmp_path / "nothing.json"))
    assert this_instance() is None
    assert connection.choose_backend("auto") == "local"


def test_an_instance_is_known_by_its_metadata_and_means_aws(fake):
    fake()
    assert this_instance() == Instance("Mi-Banco", "eu-west-1")
    assert connection.choose_backend("auto") == "aws"


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        '{"ResourceName": "x"}',
        '{"ResourceArn": "arn:aws:sagemaker:us-east-1:1:app/d-1/ana/JupyterLab/x", "ResourceName": "x"}',
    ],
)
def test_studio_and_unreadable_metadata_are_sagemaker_but_no_notebook_instance(fake, content):
    fake(content)
    assert this_instance() is None
    assert connection.choose_backend("auto") == "aws"


def test_region_and_notes_come_from_the_instance(fake, tmp_path, monkeypatch):
    fake()
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    place = connection.connect("aws", None)
    assert place.session.region_name == "eu-west-1"
    assert place.notes == tmp_path / "home" / "SageMaker" / ".mllab" / "aws"
    assert (place.endpoint_url, place.pause, place.metric_period) == (None, 5.0, 60)
    assert connection.connect("aws", "us-east-2").session.region_name == "us-east-2"


def test_in_an_instance_of_a_local_aws_its_endpoint_stays_and_questions_are_not_slow(fake, monkeypatch):
    fake()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:4566/_instances/credentials")
    place = connection.connect("aws", None)
    assert (place.endpoint_url, place.pause, place.metric_period) == ("http://127.0.0.1:4566", 0.05, 1)


def test_what_a_shell_left_in_an_instance_on_aws_is_not_taken_for_its_own_aws(fake, monkeypatch, tmp_path):
    fake()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "local")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    place = connection.connect("aws", None)
    assert place.endpoint_url is None
    assert place.session.get_credentials() is None or place.session.get_credentials().access_key != "local"


def test_the_instance_that_the_lab_runs_in_is_found_and_not_stopped(fake, lab, stub):
    fake()
    assert notebook_instance.ensure(lab, "workbench") == "Mi-Banco"
    described = {"NotebookInstanceName": "Mi-Banco", "NotebookInstanceStatus": "InService"}
    stub("sagemaker").add_response(
        "describe_notebook_instance", described, {"NotebookInstanceName": "Mi-Banco"}
    )
    notebook_instance.stop(lab, "Mi-Banco")  # any other request would fail the stub


@pytest.mark.parametrize(
    ("url", "link"),
    [
        (
            "http://127.0.0.1:8888/lab/tree/a%20b?x=1#top",
            "https://mi-banco-d8ka.notebook.eu-west-1.sagemaker.aws/proxy/8888/lab/tree/a%20b?x=1#top",
        ),
        ("http://localhost:4566", "https://mi-banco-d8ka.notebook.eu-west-1.sagemaker.aws/proxy/4566/"),
        ("https://example.com/a", "https://example.com/a"),
        ("runs/report.html", "runs/report.html"),
    ],
)
def test_inside_an_instance_on_aws_a_browser_goes_through_its_proxy(fake, described, url, link):
    described("describe_notebook_instance", {"Url": "mi-banco-d8ka.notebook.eu-west-1.sagemaker.aws"})
    assert links.for_browser(url) == url
    fake()
    assert links.for_browser(url) == link


def test_whoever_may_not_look_at_the_instance_gets_a_link_by_its_name(fake, described):
    described("describe_notebook_instance", error="AccessDeniedException")
    fake()
    assert links.for_browser("http://localhost:1/") == (
        "https://Mi-Banco.notebook.eu-west-1.sagemaker.aws/proxy/1/"
    )
