"""Reads data sets: CSV files and files with one JSON object per line."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mllab_localaws.images.toolkit.errors import UserError

Row = list[str]


@dataclass(frozen=True)
class Table:
    """A data set, column by column.

    Attributes:
        names: of the columns; None when the data do not name them.
        columns: texts; an empty one is a missing value. All have `rows` values.
    """

    names: Sequence[str] | None
    columns: Sequence[Sequence[str]]
    rows: int

    def named(self, expected: Sequence[str]) -> Sequence[str]:
        """Return the columns' names: their own, or by position those of a baseline, then `_c0`, `_c1` ..."""
        if self.names is not None:
            return self.names
        return [
            expected[position] if position < len(expected) else f"_c{position}"
            for position in range(len(self.columns))
        ]


def files_below(directory: Path) -> list[Path]:
    """Return the data files in a directory, by name.

    Raises: UserError: there is none.
    """
    found = sorted(path for path in directory.rglob("*") if path.is_file() and not path.name.startswith("."))
    if not found:
        raise UserError(f"There are no data: {directory} has no files.")
    return found


def read_csv(directory: Path, *, has_header: bool) -> Table:
    """Return the rows of all CSV files of a directory, each with its own header when they have one.

    Raises: UserError: no rows, no header, rows of different lengths, or not CSV at all.
    """
    header: Row | None = None
    rows: list[Row] = []
    for path in files_below(directory):
        numbered = _csv_rows(path)
        if has_header:
            header = _header(path, next(numbered, (0, []))[1], header)
        width = len(header) if header else len(rows[0]) if rows else None
        for line, row in numbered:
            width = width or len(row)
            if len(row) != width:
                first = "the header" if header else "row 1"
                raise UserError(
                    f"{path.name}, line {line}: {len(row)} values where {first} has {width}. "
                    "Every row needs as many values; put values with commas between quotes."
                )
            rows.append(row)
    return of_rows(rows, header, str(directory))


def read_json_lines(directory: Path) -> Table:
    """Return the objects of all files of a directory.

    Raises: UserError: no objects, a line that is no flat JSON object.
    """
    records = [
        flat(record, f"{path.name}, line {line}")
        for path in files_below(directory)
        for line, record in json_lines(path)
    ]
    return of_records(records, str(directory))


def json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Return the JSON values of a file's lines with the lines' numbers.

    Raises: UserError: a line is not JSON.
    """
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise UserError(f"{path.name}, line {number}: this is not JSON: {error}.") from error


def flat(record: Any, where: str) -> dict[str, str]:
    """Return a JSON object with its values as text.

    Raises: UserError: it is no object, or a value of it is one.
    """
    if not isinstance(record, Mapping):
        raise UserError(f"{where}: expected a JSON object, found {type(record).__name__}.")
    nested = [name for name, value in record.items() if isinstance(value, Mapping | list)]
    if nested:
        raise UserError(
            f'{where}: member "{nested[0]}" is not a single value. The analyzer reads flat JSON; '
            "flatten it in a record preprocessor script."
        )
    return {str(name): as_text(value) for name, value in record.items()}


def as_text(value: Any) -> str:
    """Return a single value as it would stand in a CSV file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def of_rows(rows: Sequence[Row], names: Sequence[str] | None, where: str) -> Table:
    """Return a table of rows of one length.

    Raises: UserError: there are none.
    """
    if not rows:
        raise UserError(f"The data set in {where} is empty: it has no rows.")
    return Table(names, list(zip(*rows, strict=True)), len(rows))


def of_records(records: Sequence[Mapping[str, str]], where: str) -> Table:
    """Return a table of named values; a value that a record does not have is missing.

    Raises: UserError: there are none.
    """
    if not records:
        raise UserError(f"The data set in {where} is empty: it has no rows.")
    names = list(dict.fromkeys(name for record in records for name in record))
    return Table(names, [[record.get(name, "") for record in records] for name in names], len(records))


def _csv_rows(path: Path) -> Iterator[tuple[int, Row]]:
    reader = csv.reader(_text(path).splitlines(keepends=True), strict=True)
    try:
        for row in reader:
            if row:
                yield reader.line_num, row
    except csv.Error as error:
        raise UserError(f"{path.name}, line {reader.line_num}: this is not CSV: {error}.") from error


def _header(path: Path, found: Row, expected: Row | None) -> Row:
    header = [name.strip() for name in found]
    if not any(header):
        raise UserError(f"{path.name} has no header; it needs one, or dataset_format without header.")
    if "" in header or len(set(header)) < len(header):
        raise UserError(
            f"{path.name}: each column needs a name of its own; the header is {','.join(header)}."
        )
    if all(_is_number(name) for name in header):
        raise UserError(
            f"{path.name}: the first line is {','.join(header)}, which is data. "
            'Add a header, or say {"csv": {"header": false}}.'
        )
    if expected is not None and header != expected:
        raise UserError(f"{path.name}: its header differs from that of the files before it.")
    return header


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{path.name} is not text in UTF-8: {error}.") from error
