"""Lambda: functions from archives, who may call them, and what they wrote.

https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import archives, carried
from mllab_helpers.aws_errors import error_code, translate
from mllab_helpers.identity.propagation import when_role_is_ready
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.names import check_resource_name
from mllab_helpers.web.errors import FunctionFailed

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

LOG_GROUPS = "/aws/lambda/"
RUNTIME = "python3.12"
MEMORY_MB = 512
TIMEOUT_SECONDS = 20  # below the 29 that API Gateway waits

_READY_SECONDS = 300.0


def package(module: str, imported: Sequence[str] = ()) -> bytes:
    """Pack a function's source; the same sources give the same bytes.

    Args:
        module: of `lambda_src`, without `.py`; in the archive it lies at the top, where Lambda looks.
        imported: files of this package that the module imports.
    """
    members = {f"{module}.py": carried.program("lambda_src", module)} | carried.modules(imported)
    return archives.zip_archive(members)


@translate()
def ensure_function(
    lab: Lab,
    name: str,
    *,
    role: str,
    archive: bytes,
    handler: str,
    variables: Mapping[str, str],
) -> str:
    """Create the function, bring it up to date, or find it as it should be.

    Args:
        name: from `lab.name`.
        archive: from `package`; handler: `<module>.<function>` in it.
        variables: the function's environment.
    Returns: the function's ARN, once it can be invoked.
    Raises: FunctionFailed, TookTooLong.
    """
    check_resource_name(lab.student, name)
    wanted = {
        "Role": role,
        "Handler": handler,
        "Runtime": RUNTIME,
        "MemorySize": MEMORY_MB,
        "Timeout": TIMEOUT_SECONDS,
        "Environment": {"Variables": dict(variables)},
    }
    found = _settle(lab, name)
    if found is None:
        _create(lab, name, archive, wanted)
    else:
        _bring_up_to_date(lab, name, found, archive, wanted)
    ready = _settle(lab, name)
    if ready is None or "Failed" in (ready.get("State"), ready.get("LastUpdateStatus")):
        facts = ready or {}
        reason = facts.get("LastUpdateStatusReason") or facts.get("StateReason") or "?"
        raise FunctionFailed(name=name, reason=reason)
    return str(ready["FunctionArn"])


@translate()
def allow(lab: Lab, name: str, *, principal: str, source_arn: str) -> None:
    """Let one thing of one AWS service call a function; silent when it already may.

    Args: principal: e.g. `events.amazonaws.com`; source_arn: e.g. of a rule.
    """
    # One statement per source: its id is made of the source's name.
    statement = hashlib.sha256(source_arn.encode()).hexdigest()[:16]
    try:
        lab.client("lambda").add_permission(
            FunctionName=name,
            StatementId=statement,
            Action="lambda:InvokeFunction",
            Principal=principal,
            SourceArn=source_arn,
        )
    except ClientError as error:
        if error_code(error) != "ResourceConflictException":
            raise


@translate()
def delete_function(lab: Lab, name: str) -> None:
    """Delete a function; silent when already gone."""
    try:
        lab.client("lambda").delete_function(FunctionName=name)
    except ClientError as error:
        if error_code(error) != "ResourceNotFoundException":
            raise


def _create(lab: Lab, name: str, archive: bytes, wanted: Mapping[str, Any]) -> None:
    lab.note_creating("function", name)
    tags = {tag["Key"]: tag["Value"] for tag in lab.tags}
    when_role_is_ready(
        lab,
        lambda: lab.client("lambda").create_function(
            FunctionName=name, Code={"ZipFile": archive}, Tags=tags, **wanted
        ),
    )


def _bring_up_to_date(
    lab: Lab, name: str, found: Mapping[str, Any], archive: bytes, wanted: Mapping[str, Any]
) -> None:
    functions = lab.client("lambda")
    if found["CodeSha256"] != base64.b64encode(hashlib.sha256(archive).digest()).decode():
        functions.update_function_code(FunctionName=name, ZipFile=archive)
        _settle(lab, name)
    if any(found.get(member) != value for member, value in wanted.items()):
        when_role_is_ready(lab, lambda: functions.update_function_configuration(FunctionName=name, **wanted))


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
