"""The function behind the web API: its role, its archive, what it is told, and what its log says.

https://docs.aws.amazon.com/lambda/latest/dg/python-package.html
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllab_helpers import carried, texts
from mllab_helpers.aws_errors import translate
from mllab_helpers.training.logs import LogReader
from mllab_helpers.web import functions
from mllab_helpers.web.functions import LOG_GROUPS

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

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


def package(module: str = "predict_house") -> bytes:
    """Pack a handler and what it shares with training; the same sources give the same bytes.

    Args: module: of `lambda_src`, without `.py`.
    """
    return functions.package(module, carried.HOUSE_MODULES)


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
