"""Training data: the files of a channel, checked as the container checks them, and read by XGBoost itself.

Rules and texts: `data_utils.py` of aws/sagemaker-xgboost-container. The reader is XGBoost's own CSV parser,
as in AWS's image, so a header or a word is swallowed here exactly as it is there: without an error.
"""

from __future__ import annotations

import csv
import logging
import os
import tempfile
import warnings
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

from mllab_localaws.images.toolkit.errors import NotInLocalAwsError, UserError
from mllab_localaws.images.xgboost import library
from mllab_localaws.images.xgboost.channels import CSV_TYPES, LIBSVM_TYPES

MAX_FOLDER_DEPTH = 3
SNIPPET = 50

logger = logging.getLogger(__name__)


def files(directory: Path) -> list[Path]:
    """Return the data files of a channel, up to three folders deep.

    Raises: UserError: a hidden file is among them.
    """
    found: list[Path] = []
    for folder, folders, names in os.walk(directory):
        depth = len(Path(folder).relative_to(directory).parts)
        if depth >= MAX_FOLDER_DEPTH and folders:
            logger.warning("Only files up to %d folders below %s are used.", MAX_FOLDER_DEPTH, directory)
            folders.clear()
        if any(name.startswith(".") for name in names):
            raise UserError("Hidden file found in the data path! Remove that before training.")
        found += [Path(folder, name) for name in names]
    return sorted(found)


def size(paths: Sequence[Path]) -> int:
    """Return the files' size together, in bytes."""
    return sum(path.stat().st_size for path in paths)


def warn_of_identical(paths: Sequence[Path]) -> None:
    """Log files of the same name and size, such as one file in both channels."""
    for one, other in combinations(paths, 2):
        if one.name == other.name and one.stat().st_size == other.stat().st_size:
            logger.warning(
                "Suspected identical files found. (%s and %s with same size %d bytes)",
                one,
                other,
                one.stat().st_size,
            )


def check_format(paths: Sequence[Path], content_type: str) -> None:
    """Look at the first lines of each file.

    Raises: UserError: not the declared format. NotInLocalAwsError: a format that only AWS reads.
    """
    if content_type in LIBSVM_TYPES:
        for path in paths:
            _check_libsvm(path)
    if content_type not in CSV_TYPES:
        raise NotInLocalAwsError(f"Training data of content type '{content_type}'")
    for path in paths:
        delimiter(path)


def delimiter(path: Path) -> str:
    """Return the delimiter of a CSV file, guessed from its first line."""
    with path.open(errors="ignore") as file:
        line = file.readline()
    try:
        found = csv.Sniffer().sniff(line).delimiter
    except csv.Error as error:
        raise UserError(f"Could not determine delimiter on line {line[:SNIPPET]}:\n{error}") from error
    logger.info("Determined delimiter of CSV input is '%s'", found)
    return found


def read(paths: Sequence[Path], *, weights: bool) -> Any:
    """Return the files as one DMatrix.

    Args:
        paths: CSV files without header; column 0 is the label.
        weights: column 1 is the row's weight.
    Raises: UserError: XGBoost cannot read them.
    """
    xgboost = library.load()
    options = f"format=csv&label_column=0&delimiter={delimiter(paths[0])}"
    if weights:
        options += "&weight_column=1"
    # Links with plain names: a learner's file name may hold characters that mean something in the URI.
    with tempfile.TemporaryDirectory() as links:
        for index, path in enumerate(paths):
            Path(links, f"{index:06d}").symlink_to(path.resolve())
        try:
            with warnings.catch_warnings():
                # "Text file input has been deprecated": AWS's image reads this way, and so do we.
                warnings.filterwarnings("ignore", message=".*Text file input")
                matrix = xgboost.DMatrix(f"{links}?{options}")
        except xgboost.core.XGBoostError as error:
            raise UserError(f"Failed to load csv data with exception:\n{error}") from error
    if matrix.get_label().size == 0:
        raise UserError("Got input data without labels. Please check the input data set.")
    return matrix


def _check_libsvm(path: Path) -> None:
    with path.open(errors="ignore") as file:
        for line in file:
            features = _libsvm_features(line)
            if features is None:
                raise UserError(
                    f"First line '{line[:SNIPPET]}...' of file '{path.name}' is not 'LIBSVM' format. "
                    "Please ensure the file is in 'LIBSVM' format."
                )
            if features > 1:
                return


def _libsvm_features(line: str) -> int | None:
    """Return how many features a `label[:weight] index:value ...` line has; None when it is no such line."""
    label, *features = line.split(" ")
    try:
        parts = [float(part) for part in label.split(":")]
    except ValueError:
        return None
    if len(parts) > 2 or any(feature.count(":") != 1 for feature in features):
        return None
    return len(features)
