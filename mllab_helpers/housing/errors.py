"""What can be wrong with housing data: the file, its months, its columns, a single house."""

from __future__ import annotations

from mllab_helpers.errors import LabError


class DataDamaged(LabError):
    """The housing file that ships with the package is missing or not the one that was shipped."""

    key = "data_damaged"


class MonthUnknown(LabError):
    """A month was asked for that the data do not have."""

    key = "month_unknown"


class NotHousing(LabError):
    """A table lacks columns that the housing export has."""

    key = "not_housing"


class HouseIncomplete(LabError):
    """A house to be priced lacks a field, or a field is no number."""

    key = "house_incomplete"


class EmptySplit(LabError):
    """Training, validation or test would be left without rows."""

    key = "empty_split"


class OwnCsvUnusable(LabError):
    """A learner's own CSV cannot be read, or holds nothing to learn from."""

    key = "own_csv_unusable"


class CsvShapeError(LabError):
    """A CSV is not in the shape that the built-in algorithms read."""

    key = "csv_shape"
