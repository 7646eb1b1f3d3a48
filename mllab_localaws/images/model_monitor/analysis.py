"""One analysis, from the data to the reports."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mllab_localaws.images.model_monitor import (
    capture,
    checks,
    cloudwatch,
    constraints,
    dataset,
    scripts,
    statistics,
)
from mllab_localaws.images.model_monitor import settings as of_job
from mllab_localaws.images.model_monitor.columns import Column, column
from mllab_localaws.images.model_monitor.settings import Settings
from mllab_localaws.images.toolkit.errors import NotInLocalAwsError, UserError
from mllab_localaws.images.toolkit.layout import Layout

_SPARK_NAME = re.compile(r"[a-z0-9_]+")
_logger = logging.getLogger(__name__)


def analyze(settings: Settings, layout: Layout) -> str:
    """Write the reports and return the job's exit message.

    Raises: UserError: the data or the baseline cannot be used.
    """
    baseline = _baseline(settings.baseline_constraints)
    table = _read(settings)
    names = table.named([] if baseline is None else [each["name"] for each in baseline["features"]])
    columns = [column(name, values) for name, values in zip(names, table.columns, strict=True)]
    _warn(names)
    suggested = constraints.suggest(columns, settings.categorical_drift_method)
    _write(settings.output / "statistics.json", statistics.describe(columns, table.rows))
    _write(settings.output / "constraints.json", suggested)
    message = "Completed: Job completed successfully with no violations."
    if baseline is not None:
        message = _check(settings, layout, columns, baseline)
    if settings.postprocessor is not None:
        scripts.run_postprocessor(settings.postprocessor)
    _logger.info("%d rows, %d columns. %s", table.rows, len(columns), message)
    return message


def _read(settings: Settings) -> dataset.Table:
    if settings.kind == of_job.CAPTURE:
        preprocess = scripts.preprocessor(settings.preprocessor) if settings.preprocessor else None
        return capture.read(settings.source, settings.capture_indexes, preprocess)
    if settings.preprocessor is not None:
        raise NotInLocalAwsError(f"A record preprocessor for {settings.kind} data")
    if settings.kind == of_job.CSV:
        return dataset.read_csv(settings.source, has_header=settings.has_header)
    return dataset.read_json_lines(settings.source)


def _check(settings: Settings, layout: Layout, columns: Sequence[Column], baseline: dict[str, Any]) -> str:
    before = _baseline(settings.baseline_statistics)
    findings = checks.check(columns, baseline, before)
    _write(settings.output / "constraint_violations.json", {"violations": findings.violations})
    emits = baseline.get("monitoring_config", {}).get("emit_metrics", "Enabled") == "Enabled"
    if settings.publishes_metrics and emits:
        cloudwatch.write(layout.output / "metrics" / "cloudwatch", settings, columns, findings.distances)
    for each in findings.violations:
        _logger.info("%s: %s: %s", each["feature_name"], each["constraint_check_type"], each["description"])
    count = len(findings.violations)
    if count:
        return f"CompletedWithViolations: Job completed successfully with {count} violations."
    return "Completed: Job completed successfully with no violations."


def _baseline(path: Path | None) -> dict[str, Any] | None:
    """Return a baseline's document.

    Raises: UserError: there is none, or it has no features.
    """
    if path is None:
        return None
    try:
        document = json.loads(path.read_text())
        names = [feature["name"] for feature in document["features"]]
    except OSError as error:
        raise UserError(f"The baseline file {path.name} cannot be read: {error.strerror}.") from error
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path.name} is no baseline: it must be JSON with a list of features.") from error
    if len(set(names)) < len(names):
        raise UserError(f"{path.name} is no baseline: a feature is there twice.")
    return dict(document)


def _warn(names: Sequence[str]) -> None:
    others = [name for name in names if not _SPARK_NAME.fullmatch(name)]
    if others:
        _logger.warning(
            "AWS's analyzer wants column names of lower-case letters, digits and _ only, unlike %s",
            ", ".join(others),
        )


def _write(path: Path, document: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=2))
