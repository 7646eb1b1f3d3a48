"""Asking an endpoint: CSV or JSON in, numbers out, and how long an answer takes.

https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html
"""

from __future__ import annotations

import itertools
import json
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import error_code, error_message, translate
from mllab_helpers.errors import (
    EndpointNotFound,
    ModelRejected,
    RowNotNumeric,
    RowsRagged,
    TooFewRequests,
    WrongContentType,
)

if TYPE_CHECKING:
    import pandas as pd

    from mllab_helpers.lab.lab import Lab

CSV = "text/csv"
JSON = "application/json"
# InvokeEndpoint takes 6 MiB; what is left over is for the last row of a chunk.
CHUNK_BYTES = 5 * 1024 * 1024
_WARM_UP_CALLS = 5
_UNSUPPORTED_MEDIA_TYPE = 415


@translate()
def predict(lab: Lab, endpoint: str, rows: Any) -> list[float]:
    """Predict one number per row, as CSV, which is what the built-in algorithm reads.

    Args: rows: a DataFrame, an array or lists of numbers, without label; one flat row is fine too. Cells
        that are NaN or None are sent empty: the model copes with gaps. Many rows go in several requests.
    Raises: RowNotNumeric, RowsRagged, EndpointNotFound, WrongContentType, ModelRejected.
    """
    predictions: list[float] = []
    for body in _chunks(csv_lines(rows)):
        answer = _invoke(lab, endpoint, body, CSV, CSV)
        # One line per row today; containers before April 2022 answered on one line with commas.
        predictions += [float(number) for number in answer.replace(",", "\n").split()]
    return predictions


@translate()
def predict_json(lab: Lab, endpoint: str, instances: Sequence[Any]) -> list[float]:
    """Predict one number per instance, as JSON, which only an endpoint with the lab's script reads.

    Args: instances: houses in plain units (dictionaries), or model rows (lists of numbers).
    Raises: EndpointNotFound, WrongContentType, ModelRejected.
    """
    body = json.dumps({"instances": list(instances)})
    answer = json.loads(_invoke(lab, endpoint, body, JSON, JSON))
    return [float(prediction["score"]) for prediction in answer["predictions"]]


@translate()
def measure_latency(lab: Lab, endpoint: str, rows: Any, count: int = 200) -> pd.DataFrame:
    """Measure how long a one-row prediction takes, as a client sees it.

    Args: rows: as for `predict`; each call sends one of them, in turn; count: of measured calls.
    Returns: one row per call, column `milliseconds`.
    Raises: TooFewRequests, and as `predict`.
    """
    import pandas as pd

    if count < 1:
        raise TooFewRequests(count=count)
    lines = list(csv_lines(rows))
    taken = []
    for line in itertools.islice(itertools.cycle(lines), _WARM_UP_CALLS + count):
        started = time.perf_counter()
        _invoke(lab, endpoint, line, CSV, CSV)
        taken.append((time.perf_counter() - started) * 1000)
    table: pd.DataFrame = pd.DataFrame({"milliseconds": taken[_WARM_UP_CALLS:]})
    return table


def _invoke(lab: Lab, endpoint: str, body: str, content_type: str, accept: str) -> str:
    with _explained(endpoint, content_type):
        answer = lab.client("sagemaker-runtime").invoke_endpoint(
            EndpointName=endpoint, Body=body.encode(), ContentType=content_type, Accept=accept
        )
        text: str = answer["Body"].read().decode()
    return text


@contextmanager
def _explained(endpoint: str, content_type: str) -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        code = error_code(error)
        if code == "ValidationError" and "not found" in error_message(error):
            raise EndpointNotFound(name=endpoint) from error
        if code != "ModelError":
            raise
        status = error.response.get("OriginalStatusCode")
        said = _readable(str(error.response.get("OriginalMessage", error_message(error))))
        if status == _UNSUPPORTED_MEDIA_TYPE:
            raise WrongContentType(name=endpoint, sent=content_type, message=said) from error
        raise ModelRejected(name=endpoint, status=status, message=said) from error


def _readable(said: str) -> str:
    """Leave out the container's stack trace, whether it comes as JSON (script mode) or as text."""
    with suppress(ValueError, KeyError, TypeError):
        said = json.loads(said)["error-message"]
    return said.partition("\nStack trace")[0].strip()


def _as_lists(table: Any) -> list[Any]:
    if hasattr(table, "to_numpy"):
        table = table.to_numpy()
    rows: list[Any] = list(table.tolist() if hasattr(table, "tolist") else table)
    if rows and not isinstance(rows[0], (list, tuple)):
        rows = [rows]
    lengths = {len(row) for row in rows}
    if len(lengths) != 1:
        raise RowsRagged(lengths=", ".join(map(str, sorted(lengths))) or "0")
    return rows


def csv_lines(rows: Any) -> Iterator[str]:
    """Write rows as the endpoint reads them, one line each.

    Args: rows: a DataFrame, an array or lists of numbers; one flat row is fine too.
    Raises: RowNotNumeric, RowsRagged.
    """
    for number, row in enumerate(_as_lists(rows), start=1):
        yield ",".join(_cell(number, column, value) for column, value in enumerate(row, start=1))


def _cell(row: int, column: int, value: Any) -> str:
    if value is None:
        return ""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise RowNotNumeric(row=row, column=column, value=repr(value)) from None
    # Whole numbers without a point, as in the rows of the training: to a monitor 3.0 is of another type.
    return "" if math.isnan(number) else repr(number).removesuffix(".0")


def _chunks(lines: Iterator[str]) -> Iterator[str]:
    chunk: list[str] = []
    size = 0
    for line in lines:
        chunk.append(line)
        size += len(line) + 1
        if size >= CHUNK_BYTES:
            yield "\n".join(chunk)
            chunk, size = [], 0
    if chunk:
        yield "\n".join(chunk)
