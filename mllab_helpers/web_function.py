"""Lambda: the function's role, its archive, and the function itself.

https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import texts
from mllab_helpers.aws_errors import error_code, error_message, translate
from mllab_helpers.clock import wait_until
from mllab_helpers.logs import LogReader
from mllab_helpers.names import check_resource_name, resource_prefix
from mllab_helpers.web_errors import FunctionFailed

if TYPE_CHECKING:
    from mllab_helpers.lab import Lab

LOG_GROUPS = "/aws/lambda/"
RUNTIME = "python3.12"
MEMORY_MB = 512
TIMEOUT_SECONDS = 20  # below the 29 that API Gateway waits

_ROLE = "lambda-role"
_READY_SECONDS = 300.0
_ROLE_READY_SECONDS = 60.0
_EPOCH_OF_ZIP = (1980, 1, 1, 0, 0, 0)
# What the handler shares with training: the formulas that turn a house into the model's row.
_CARRIED = (
    *("__init__.py", "errors.py", "housing_features.py"),
    *("texts/__init__.py", "texts/es.py", "texts/en.py"),
)
_REPORT = re.compile(
    r"REPORT RequestId: (?P<request>\S+)\s+Duration: (?P<ms>[\d.]+) ms"
    r".*?(?:Init Duration: (?P<init>[\d.]+) ms|$)",
    re.DOTALL,
)


@dataclass(frozen=True)
class Report:
    """What Lambda's own log line says of one invocation, in milliseconds.

    Attributes: init: of the start before it; None when the copy of the function was warm.
    """

    milliseconds: float
    init: float | None


def lambda_policy(lab: Lab, endpoint: str) -> dict[str, Any]:
    """Return a policy that allows to ask one endpoint and to write the function's log, and nothing more."""
    group = f"arn:aws:logs:{lab.region}:{lab.account}:log-group:{LOG_GROUPS}{resource_prefix(lab.student)}*"
    asked = f"arn:aws:sagemaker:{lab.region}:{lab.account}:endpoint/{endpoint}"
    write = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "AskEndpoint",
                "Effect": "Allow",
                "Action": "sagemaker:InvokeEndpoint",
                "Resource": asked,
            },
            {"Sid": "WriteFunctionLog", "Effect": "Allow", "Action": write, "Resource": group},
        ],
    }


@translate()
def ensure_lambda_role(lab: Lab, endpoint: str) -> str:
    """Create the role that Lambda assumes for the lab's functions, or find it again; its policy is renewed.

    Args: endpoint: the only one that the functions may ask.
    Returns: the role's ARN.
    """
    iam, name = lab.client("iam"), role_name(lab)
    arn = find_lambda_role(lab)
    if arn is None:
        lab.note_creating("lambda-role", name)
        trusted = {"Service": "lambda.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=lab.tags)["Role"]["Arn"]
    policy = json.dumps(lambda_policy(lab, endpoint))
    iam.put_role_policy(RoleName=name, PolicyName="least-privilege", PolicyDocument=policy)
    return str(arn)


def find_lambda_role(lab: Lab) -> str | None:
    """Return the ARN of the functions' role, or None when it does not exist."""
    try:
        arn: str = lab.client("iam").get_role(RoleName=role_name(lab))["Role"]["Arn"]
    except ClientError as error:
        if error_code(error) == "NoSuchEntity":
            return None
        raise
    return arn


def role_name(lab: Lab) -> str:
    """Return the name of the functions' role."""
    return lab.name(_ROLE)


def package(module: str = "predict_house") -> bytes:
    """Pack a handler and what it shares with training; the same sources give the same bytes.

    Args: module: of `lambda_src`, without `.py`; in the archive it lies at the top, where Lambda looks.
    """
    here = Path(__file__).parent
    members = {f"{module}.py": here / "lambda_src" / f"{module}.py"}
    members |= {f"mllab_helpers/{name}": here / name for name in _CARRIED}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(members.items()):
            member = zipfile.ZipInfo(name, _EPOCH_OF_ZIP)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16  # without it Lambda may not read the file
            archive.writestr(member, path.read_bytes())
    return packed.getvalue()


def archive_members(archive: bytes) -> list[str]:
    """Return the names of the files in an archive."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.namelist()


@translate()
def ensure_function(
    lab: Lab,
    name: str,
    *,
    role: str,
    endpoint: str,
    archive: bytes | None = None,
    handler: str = "predict_house.handler",
) -> str:
    """Create the function, bring it up to date, or find it as it should be.

    Args: name: from `lab.name`; archive: from `package`; handler: `<module>.<function>` in it.
    Returns: the function's ARN, once it can be invoked.
    Raises: FunctionFailed, TookTooLong.
    """
    check_resource_name(lab.student, name)
    archive = package() if archive is None else archive
    variables = {"ENDPOINT_NAME": endpoint, "MESSAGE_LANGUAGE": texts.language()}
    wanted = {
        "Role": role,
        "Handler": handler,
        "Runtime": RUNTIME,
        "MemorySize": MEMORY_MB,
        "Timeout": TIMEOUT_SECONDS,
        "Environment": {"Variables": variables},
    }
    found = _settle(lab, name)
    if found is None:
        lab.note_creating("function", name)
        tags = {tag["Key"]: tag["Value"] for tag in lab.tags}
        _when_role_is_ready(
            lab,
            lambda: lab.client("lambda").create_function(
                FunctionName=name, Code={"ZipFile": archive}, Tags=tags, **wanted
            ),
        )
    else:
        _bring_up_to_date(lab, name, found, archive, wanted)
    ready = _settle(lab, name)
    if ready is None or "Failed" in (ready.get("State"), ready.get("LastUpdateStatus")):
        facts = ready or {}
        reason = facts.get("LastUpdateStatusReason") or facts.get("StateReason") or "?"
        raise FunctionFailed(name=name, reason=reason)
    return str(ready["FunctionArn"])


@translate()
def delete_function(lab: Lab, name: str) -> None:
    """Delete a function; silent when already gone."""
    try:
        lab.client("lambda").delete_function(FunctionName=name)
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise


@translate()
def delete_lambda_role(lab: Lab) -> None:
    """Delete the functions' role and its policy; silent when already gone."""
    if find_lambda_role(lab) is None:
        return
    iam, name = lab.client("iam"), role_name(lab)
    for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
        iam.delete_role_policy(RoleName=name, PolicyName=policy)
    for attached in iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=name, PolicyArn=attached["PolicyArn"])
    iam.delete_role(RoleName=name)


@translate()
def read_reports(lab: Lab, name: str) -> dict[str, Report]:
    """Return the REPORT lines of a function's log, by request id."""
    lines = LogReader(lab, f"{LOG_GROUPS}{name}").read_new()
    found = (_REPORT.search(line) for line in lines)
    return {
        line["request"]: Report(float(line["ms"]), float(line["init"]) if line["init"] else None)
        for line in found
        if line is not None
    }


def _bring_up_to_date(
    lab: Lab, name: str, found: Mapping[str, Any], archive: bytes, wanted: Mapping[str, Any]
) -> None:
    functions = lab.client("lambda")
    if found["CodeSha256"] != base64.b64encode(hashlib.sha256(archive).digest()).decode():
        functions.update_function_code(FunctionName=name, ZipFile=archive)
        _settle(lab, name)
    if any(found.get(member) != value for member, value in wanted.items()):
        _when_role_is_ready(lab, lambda: functions.update_function_configuration(FunctionName=name, **wanted))


def _settle(lab: Lab, name: str) -> dict[str, Any] | None:
    """Wait until a function has stopped changing; None when there is none."""
    return wait_until(
        lab.clock,
        lambda: _describe(lab, name),
        lambda seen: (
            seen is None or (seen.get("State") != "Pending" and seen.get("LastUpdateStatus") != "InProgress")
        ),
        what=name,
        pause=lab.pause,
        limit=_READY_SECONDS,
    )


def _describe(lab: Lab, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = lab.client("lambda").get_function_configuration(FunctionName=name)
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return None
        raise
    return found


def _when_role_is_ready(lab: Lab, call: Any) -> None:
    """Make a call that needs the role, again for a minute while AWS does not know it everywhere."""
    deadline = lab.clock.now() + _ROLE_READY_SECONDS
    while True:
        try:
            call()
        except ClientError as error:
            refused = error_code(error) == "InvalidParameterValueException"
            if not (refused and "assumed by Lambda" in error_message(error)) or lab.clock.now() >= deadline:
                raise
        else:
            return
        lab.clock.sleep(max(lab.pause, 1.0))
