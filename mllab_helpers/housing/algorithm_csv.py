"""CSV in the shape that SageMaker's built-in XGBoost reads, and a check that says where a file is not.

Label first, no header, no index, numbers only (SageMaker's developer guide, "XGBoost algorithm", input/output
interface). The check matters because the algorithm does not complain: it takes a header for a house whose
numbers are all 0, trains, and only the predictions show it. An empty cell is a gap, and allowed in features.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from mllab_helpers.housing.errors import CsvShapeError
from mllab_helpers.texts import say

_CHARACTERS_OF_NUMBERS = b"0123456789+-.eE"


@dataclass(frozen=True)
class CsvShape:
    """The size of a CSV that passed the check; columns include the label."""

    rows: int
    columns: int


def algorithm_csv(frame: pd.DataFrame, features: Sequence[str], target: str = "price") -> bytes:
    """Write rows for training: label first, then the features in order, no header, no index.

    Raises: CsvShapeError: a column is absent or not numeric, a label is missing, or there are no rows.
    """
    columns = [target, *features]
    if frame.empty:
        raise _refusal("no_rows")
    for position, column in enumerate(columns, start=1):
        if column not in frame.columns:
            raise _refusal("absent_column", column=position, name=column)
        if pd.api.types.is_bool_dtype(frame[column]):
            raise _refusal("boolean", row=1, column=position, name=column, value="True/False")
    text: str = frame[columns].to_csv(header=False, index=False, lineterminator="\n", float_format="%.12g")
    content = text.encode()
    check_algorithm_csv(content, columns=columns)
    return content


def check_algorithm_csv(source: Path | str | bytes, *, columns: Sequence[str] = ()) -> CsvShape:
    """Refuse a file that the algorithm would misread, before it is uploaded.

    Args:
        source: a file, or its content.
        columns: the columns' names, label first, so that a message can name one.
    Raises: CsvShapeError: a header, text, true/false, a missing label, ragged rows, one column only, no rows;
        with the row (counted from 1), the column and what to do.
    """
    content = source if isinstance(source, bytes) else Path(source).read_bytes()
    lines = content.decode("utf-8", errors="replace").splitlines()
    if not any(line.strip() for line in lines):
        raise _refusal("no_rows")
    width = lines[0].count(",") + 1
    if width == 1:
        raise _refusal("one_column", row=1, value=lines[0])
    if _is_header(lines[0]):
        raise _refusal("header", row=1, value=lines[0])
    for number, line in enumerate(lines, start=1):
        if line.count(",") + 1 != width:
            raise _refusal("ragged", row=number, value=line, cells=line.count(",") + 1, expected=width)
    if not _all_numbers(content):
        _find_bad_cell(lines, columns)
    return CsvShape(rows=len(lines), columns=width)


def _all_numbers(content: bytes) -> bool:
    """Look at every cell in milliseconds: first at its letters, then with pandas' C parser.

    The parser alone would let pass what the algorithm reads as 0: quotes, true/false, nan.
    """
    if content.translate(None, _CHARACTERS_OF_NUMBERS + b", \t\r\n"):
        return False
    try:
        numbers = pd.read_csv(
            io.BytesIO(content), header=None, dtype="float64", keep_default_na=False, na_values=[""]
        )
    except ValueError:
        return False
    return bool(numbers[0].notna().all() and not np.isinf(numbers.to_numpy()).any())


def _find_bad_cell(lines: Sequence[str], columns: Sequence[str]) -> None:
    for row, line in enumerate(lines, start=1):
        for position, cell in enumerate(line.split(","), start=1):
            if problem := _problem(cell.strip(), is_label=position == 1):
                name = columns[position - 1] if position <= len(columns) else ""
                raise _refusal(problem, row=row, column=position, name=name, value=cell)


def _problem(cell: str, *, is_label: bool) -> str:
    if cell == "":
        return "missing_label" if is_label else ""
    if cell.lower() in ("true", "false"):
        return "boolean"
    return "" if _is_number(cell) else "text"


def _is_number(cell: str) -> bool:
    # float() also takes 1_000, nan and digits of other scripts, which the algorithm does not read as numbers.
    try:
        return math.isfinite(float(cell)) and set(cell.encode()) <= set(_CHARACTERS_OF_NUMBERS)
    except ValueError:
        return False


def _is_header(line: str) -> bool:
    cells = [cell.strip().strip('"') for cell in line.split(",")]
    names = [
        cell for cell in cells if cell and not _is_number(cell) and cell.lower() not in ("true", "false")
    ]
    return len(names) > len(cells) / 2


def _refusal(
    problem: str, *, row: int = 0, column: int = 0, name: str = "", **facts: object
) -> CsvShapeError:
    if "value" in facts and len(str(facts["value"])) > 60:
        facts["value"] = f"{str(facts['value'])[:60]}…"
    place = [say("housing.csv_row", row=row)] if row else []
    if column:
        key = "housing.csv_named_column" if name else "housing.csv_column"
        place.append(say(key, column=column, name=name))
    where = ", ".join(place) or say("housing.csv_whole_file")
    return CsvShapeError(
        where=where,
        what=say(f"housing.csv_{problem}", **facts),
        advice=say(f"housing.csv_{problem}_advice"),
        row=row,
        column=column,
        name=name,
        problem=problem,
    )
