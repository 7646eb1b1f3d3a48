"""The function behind the web API: its role, its archive, what it is told, and what its log says.

https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mllab_helpers import archives, functions, identity, texts
from mllab_helpers.aws_errors import translate
from mllab_helpers.functions import LOG_GROUPS
from mllab_helpers.logs import LogReader
from mllab_helpers.names import resource_prefix

if TYPE_CHECKING:
    from mllab_helpers.lab import Lab

_ROLE = "lambda-role"
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


def ensure_lambda_role(lab: Lab, endpoint: str) -> str:
    """Create the role that Lambda assumes for the lab's functions, or find it again; its policy is renewed.

    Args: endpoint: the only one that the functions may ask.
    Returns: the role's ARN.
    """
    return identity.ensure_service_role(lab, _ROLE, "lambda.amazonaws.com", lambda_policy(lab, endpoint))


def package(module: str = "predict_house") -> bytes:
    """Pack a handler and what it shares with training; the same sources give the same bytes.

    Args: module: of `lambda_src`, without `.py`.
    """
    return functions.package(module, archives.HOUSE_MODULES)


def archive_members(archive: bytes) -> list[str]:
    """Return the names of the files in an archive."""
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return opened.namelist()


def ensure_function(
    lab: Lab,
    name: str,
    *,
    role: str,
    endpoint: str,
    archive: bytes | None = None,
    handler: str = "predict_house.handler",
) -> str:
    """Create the function that asks an endpoint, bring it up to date, or find it as it should be.

    Args: name: from `lab.name`; archive: from `package`; handler: `<module>.<function>` in it.
    Returns: the function's ARN, once it can be invoked.
    Raises: FunctionFailed, TookTooLong.
    """
    return functions.ensure_function(
        lab,
        name,
        role=role,
        archive=package() if archive is None else archive,
        handler=handler,
        variables={"ENDPOINT_NAME": endpoint, "MESSAGE_LANGUAGE": texts.language()},
    )


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
