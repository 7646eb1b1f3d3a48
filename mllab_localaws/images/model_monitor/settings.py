"""What the analyzer is told by its environment.

Names: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-inputs.html, and SDK v3's
`sagemaker/core/model_monitor/model_monitoring.py`, which sets them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mllab_localaws.images.toolkit.errors import NotInLocalAwsError, UserError
from mllab_localaws.images.toolkit.layout import Layout

CSV, JSON, CAPTURE = "csv", "json", "sagemakerCaptureJson"
_DRIFT_METHODS = ("LInfinity", "ChiSquared")


@dataclass(frozen=True)
class Settings:
    """One analysis.

    Attributes:
        kind: of the data: `csv`, `json` or `sagemakerCaptureJson`.
        has_header: whether the first line of each CSV file names the columns.
        capture_indexes: which halves of a captured record are read: endpointInput, endpointOutput.
        baseline_constraints, baseline_statistics: files of an earlier baseline; without constraints
            nothing is checked.
        time: of the metrics: the end of the window that is looked at, None for now; `YYYY-MM-DDThh:mm:ssZ`.
    """

    kind: str
    has_header: bool
    capture_indexes: tuple[str, ...]
    source: Path
    output: Path
    baseline_constraints: Path | None
    baseline_statistics: Path | None
    preprocessor: Path | None
    postprocessor: Path | None
    categorical_drift_method: str | None
    publishes_metrics: bool
    endpoint: str | None
    schedule: str | None
    time: str | None


def read(environment: Mapping[str, str], layout: Layout) -> Settings:
    """Return what the environment asks for.

    Raises: UserError: something is missing, wrong, or not in the local AWS.
    """
    if environment.get("analysis_type", "DATA_QUALITY") != "DATA_QUALITY":
        raise NotInLocalAwsError(f"The analysis {environment['analysis_type']}")
    kind, options = _dataset_format(environment)
    method = environment.get("categorical_drift_method")
    if method not in (None, *_DRIFT_METHODS):
        raise UserError(
            f"categorical_drift_method is {method}; it must be one of {', '.join(_DRIFT_METHODS)}."
        )

    def path(name: str) -> Path | None:
        return layout.resolve(environment[name]) if environment.get(name) else None

    return Settings(
        kind=kind,
        has_header=bool(options.get("header", False)),
        capture_indexes=tuple(options.get("captureIndexNames") or ("endpointInput", "endpointOutput")),
        source=_required(environment, "dataset_source", layout),
        output=_required(environment, "output_path", layout),
        baseline_constraints=path("baseline_constraints"),
        baseline_statistics=path("baseline_statistics"),
        preprocessor=path("record_preprocessor_script"),
        postprocessor=path("post_analytics_processor_script"),
        categorical_drift_method=method,
        publishes_metrics=environment.get("publish_cloudwatch_metrics", "Disabled") == "Enabled",
        endpoint=environment.get("sagemaker_endpoint_name"),
        schedule=environment.get("sagemaker_monitoring_schedule_name"),
        time=environment.get("end_time"),
    )


def _dataset_format(environment: Mapping[str, str]) -> tuple[str, Mapping[str, Any]]:
    text = environment.get("dataset_format")
    if not text:
        raise UserError(
            'dataset_format is not set; give the job an Environment with e.g. {"csv": {"header": true}}.'
        )
    try:
        [(kind, options)] = json.loads(text).items()
        options = dict(options)
    except (ValueError, TypeError, AttributeError) as error:
        raise UserError(f'dataset_format is {text}; write e.g. {{"csv": {{"header": true}}}}.') from error
    if kind not in (CSV, JSON, CAPTURE):
        raise NotInLocalAwsError(f'The dataset format "{kind}"')
    if kind == JSON and not options.get("lines", options.get("line", False)):
        raise NotInLocalAwsError("JSON that is not one object per line")
    return kind, options


def _required(environment: Mapping[str, str], name: str, layout: Layout) -> Path:
    if not environment.get(name):
        raise UserError(
            f"{name} is not set; give the job an Environment with a directory of /opt/ml/processing."
        )
    return layout.resolve(environment[name])
