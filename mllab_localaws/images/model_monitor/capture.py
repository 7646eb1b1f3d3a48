"""Reads what an endpoint has captured: one request with its answer per line.

Form: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from mllab_localaws.images.model_monitor import dataset
from mllab_localaws.images.model_monitor.dataset import Row, Table
from mllab_localaws.images.toolkit.errors import UserError

Record = Mapping[str, Any]
# What a preprocessor made of one record; columns in order, or by name.
Preprocess = Callable[[Record], Sequence[Mapping[str, str]]]

# The prediction comes first, as in the baseline's data.
_HALVES = ("endpointOutput", "endpointInput")

_logger = logging.getLogger(__name__)


def read(directory: Path, halves: Sequence[str], preprocess: Preprocess | None) -> Table:
    """Return the rows of all captured records.

    Args: halves: endpointInput, endpointOutput or both.
    Raises: UserError: nothing was captured, or a record cannot be made into rows.
    """
    wanted = [half for half in _HALVES if half in halves]
    rows: list[Row] = []
    records: list[Mapping[str, str]] = []
    for path in dataset.files_below(directory):
        for line, captured in dataset.json_lines(path):
            where = f"{path.name}, line {line}"
            if not isinstance(captured, Mapping) or "captureData" not in captured:
                raise UserError(f"{where}: this is no captured record; it has no captureData.")
            if preprocess is not None:
                records += preprocess(captured)
            else:
                new = _rows(captured["captureData"], wanted, where)
                (rows if isinstance(new[0], list) else records).extend(new)  # type: ignore[arg-type]  # all alike
    if rows and records:
        raise UserError("Some captured records name their values (JSON) and some do not (CSV); keep to one.")
    return _table(rows, records, str(directory))


def _table(rows: list[Row], records: list[Mapping[str, str]], where: str) -> Table:
    if records and all(name.isdigit() for record in records for name in record):
        # Numbers as names, padded with zeros: what AWS tells preprocessors to write to keep an order.
        rows = [[record[name] for name in sorted(record, key=int)] for record in records]
    if not rows:
        return dataset.of_records(records, where)
    width = max(map(len, rows))
    short = sum(len(row) < width for row in rows)
    if short:
        # One request of a client must not blind the monitor: what it lacks counts as missing.
        _logger.warning("%d of %d captured rows have fewer than %d values", short, len(rows), width)
    return dataset.of_rows([row + [""] * (width - len(row)) for row in rows], None, where)


def _rows(captured: Record, wanted: Sequence[str], where: str) -> list[Row] | list[dict[str, str]]:
    parts = [captured[half] for half in wanted if half in captured]
    if not parts:
        raise UserError(f"{where}: the record has none of {', '.join(wanted)}.")
    encodings = [str(part.get("encoding")) for part in parts]
    if len(set(encodings)) > 1:
        raise UserError(
            f"Encoding mismatch: Encoding is {captured['endpointInput']['encoding']} for endpointInput, but "
            f"Encoding is {captured['endpointOutput']['encoding']} for endpointOutput ({where}). "
            "Both must be the same; a record preprocessor script can read both."
        )
    if encodings[0] == "CSV":
        return _csv_rows([part.get("data", "") for part in parts], where)
    if encodings[0] == "JSON":
        return _json_rows([part.get("data", "") for part in parts], where)
    raise UserError(
        f"{where}: the data are captured as {encodings[0]}. List their content type in the endpoint "
        "configuration's CaptureContentTypeHeader (CsvContentTypes, JsonContentTypes)."
    )


def _csv_rows(texts: Sequence[str], where: str) -> list[Row]:
    halves = [[row for row in csv.reader(text.splitlines()) if row] for text in texts]
    most = max(len(half) for half in halves)
    # Older images answer several rows with one line of as many values.
    halves = [
        [[value] for value in half[0]] if len(half) == 1 < most == len(half[0]) else half for half in halves
    ]
    if any(len(half) != most for half in halves) or most == 0:
        counts = " and ".join(str(len(half)) for half in halves)
        raise UserError(f"{where}: answer and request have {counts} rows; they cannot be put side by side.")
    return [[value for part in parts for value in part] for parts in zip(*halves, strict=True)]


def _json_rows(texts: Sequence[str], where: str) -> list[dict[str, str]]:
    row: dict[str, str] = {}
    for text in texts:
        try:
            half = json.loads(text)
        except ValueError as error:
            raise UserError(f"{where}: the captured data are not JSON: {error}.") from error
        row |= dataset.flat(half, where)
    return [row]
