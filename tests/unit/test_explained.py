"""What boto3 raises in a cell of a notebook is shown as the lab's own error."""

from __future__ import annotations

import textwrap

import nbclient
import nbformat
import pytest

OPEN = """
import boto3
from botocore.stub import Stubber
from mllab_helpers import texts
from mllab_helpers.lab.explained import explain_in_notebook
texts.use("en")
explain_in_notebook()
sagemaker = boto3.client("sagemaker", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
"""
REFUSE = """
with Stubber(sagemaker) as stub:
    message = "User: ana is not authorized to perform: sagemaker:ListModels on resource: *"
    stub.add_client_error("list_models", "AccessDeniedException", message)
    sagemaker.list_models()
"""
CATCH = f"""
from botocore.exceptions import ClientError
try:
{textwrap.indent(REFUSE, "    ")}
except ClientError as error:
    print("caught", error.response["Error"]["Code"])
"""


@pytest.fixture(scope="module")
def shown():
    """The outputs of each cell, run by a kernel as in JupyterLab."""
    cells = [OPEN, REFUSE, "sagemaker.describe_model()", CATCH, "1 / 0"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    nbclient.NotebookClient(notebook, kernel_name="python3", allow_errors=True).execute()
    return [cell.outputs for cell in notebook.cells]


def test_a_refusal_says_what_to_do_below_what_aws_said(shown):
    [error] = shown[1]
    assert error.ename == "Denied"
    assert "sagemaker:ListModels on resource: *" in error.evalue
    assert "Ask whoever administers the account" in error.evalue
    told = "\n".join(error.traceback)
    assert "ClientError" in told
    assert "direct cause" in told


def test_a_call_that_was_never_sent_is_explained_too(shown):
    [error] = shown[2]
    assert error.ename == "BadRequest"
    assert "ModelName" in error.evalue


def test_what_a_cell_expects_and_other_errors_are_as_ever(shown):
    assert shown[3][0].text == "caught AccessDeniedException\n"
    assert shown[4][0].ename == "ZeroDivisionError"
