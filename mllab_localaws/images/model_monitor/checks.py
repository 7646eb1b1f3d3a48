"""`constraint_violations.json`: where a data set breaks the constraints of its baseline.

The checks and their texts: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-violations.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mllab_localaws.images.model_monitor import drift, sketch
from mllab_localaws.images.model_monitor.columns import NUMERIC, STRING, UNKNOWN, Column
from mllab_localaws.images.model_monitor.constraints import config_of

Document = Mapping[str, Any]
Violation = dict[str, str]


@dataclass(frozen=True)
class Findings:
    """What was found.

    Attributes: distances: of each feature that was compared with its baseline, 0 to 1.
    """

    violations: Sequence[Violation]
    distances: Mapping[str, float]


def check(columns: Sequence[Column], constraints: Document, statistics: Document | None) -> Findings:
    """Hold columns against a baseline.

    Args: statistics: the baseline's; without them no distribution is compared.
    """
    if constraints.get("monitoring_config", {}).get("evaluate_constraints", "Enabled") != "Enabled":
        return Findings([], {})
    expected = {feature["name"]: feature for feature in constraints["features"]}
    before = {feature["name"]: feature for feature in (statistics or {}).get("features", [])}
    violations = _column_violations([column.name for column in columns], list(expected))
    distances: dict[str, float] = {}
    for column in columns:
        if column.name not in expected:
            continue
        feature = expected[column.name]
        config = config_of(constraints, feature)
        violations += _value_violations(column, feature, config)
        compared = _compare(column, before.get(column.name, {}), config["distribution_constraints"])
        if compared is not None:
            distances[column.name] = compared.distance
            violations += compared.violations(column.name)
    return Findings(violations, distances)


def _column_violations(present: Sequence[str], expected: Sequence[str]) -> list[Violation]:
    counts = (
        f"Number of columns in current dataset: {len(present)}, "
        f"Number of columns in baseline constraints: {len(expected)}"
    )
    found = []
    for kind, names in (("missing", set(expected) - set(present)), ("extra", set(present) - set(expected))):
        if names:
            text = f"There are {kind} columns in current dataset. {counts}"
            found.append(_violation(f"{kind.capitalize()} columns", f"{kind}_column_check", text))
    return found


def _value_violations(column: Column, feature: Document, config: Document) -> list[Violation]:
    found = []
    kind, least = feature.get("inferred_type", UNKNOWN), config.get("datatype_check_threshold", 1.0)
    share = column.share_of(kind)
    if kind != UNKNOWN and column.present and share < least:
        text = (
            f"Data type match requirement is not met. Expected data type: {kind}, "
            f"Expected match: {least * 100}%. Observed: Only {share * 100}% of data is {kind}."
        )
        found.append(_violation(column.name, "data_type_check", text))
    if column.completeness < feature.get("completeness", 0.0):
        found.append(_violation(column.name, "completeness_check", _unmet(column.completeness)))
    domain = feature.get("string_constraints", {}).get("domains")
    if domain is not None and column.present:
        known = set(domain)
        share = sum(value in known for value in column.present) / len(column.present)
        if share < config.get("domain_content_threshold", 1.0):
            found.append(_violation(column.name, "categorical_values_check", _unmet(share)))
    return found


@dataclass(frozen=True)
class _Comparison:
    distance: float
    threshold: float
    is_p_value: bool = False

    def violations(self, name: str) -> list[Violation]:
        # A p-value is small when the distributions differ.
        exceeds = self.distance < self.threshold if self.is_p_value else self.distance > self.threshold
        text = f"Baseline drift distance: {self.distance} exceeds threshold: {self.threshold}"
        return [_violation(name, "baseline_drift_check", text)] if exceeds else []


def _compare(column: Column, before: Document, config: Document) -> _Comparison | None:
    if config.get("perform_comparison", "Enabled") != "Enabled":
        return None
    robust = config.get("comparison_method", "Robust") == "Robust"
    if before.get("inferred_type") in NUMERIC and column.numbers.size:
        data = before["numerical_statistics"]["distribution"]["kll"]["sketch"]["data"]
        baseline = sketch.from_levels(data)
        distance = drift.numerical(sketch.of(column.numbers), baseline, robust=robust)
        return _Comparison(distance, config.get("comparison_threshold", 0.1))
    if before.get("inferred_type") == STRING and column.present:
        return _compare_categories(column, before, config, robust=robust)
    return None


def _compare_categories(
    column: Column, before: Document, config: Document, *, robust: bool
) -> _Comparison | None:
    buckets = before["string_statistics"].get("distribution", {}).get("categorical", {}).get("buckets")
    if not buckets:
        return None
    baseline = {bucket["value"]: bucket["count"] for bucket in buckets}
    current: dict[str, float] = {}
    for value in column.present:
        current[value] = current.get(value, 0) + 1
    threshold = config.get("categorical_comparison_threshold", 0.1)
    if config.get("categorical_drift_method", drift.LINFINITY) == drift.CHI_SQUARED:
        statistic, p_value = drift.chi_squared(current, baseline)
        return _Comparison(p_value if robust else statistic, threshold, is_p_value=robust)
    return _Comparison(drift.categorical(current, baseline, robust=robust), threshold)


def _unmet(value: float) -> str:
    return f"Value: {value} does not meet the constraint requirement!"


def _violation(feature: str, kind: str, text: str) -> Violation:
    return {"feature_name": feature, "constraint_check_type": kind, "description": text}
