"""What Describe and List say of tuning jobs and of the training jobs that they launched."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from mllab_localaws.sagemaker.job_records import TERMINAL, TUNING
from mllab_localaws.sagemaker.tuning_request import TuningPlan
from mllab_localaws.store import Record

TRIAL_KIND = "tuning-trial"
METRIC = "FinalHyperParameterTuningJobObjectiveMetric"
# Flags that DescribeHyperParameterTuningJob always shows.
_FLAGS = (
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
)
_OF_TRAINING = (
    "TrainingJobName",
    "TrainingJobArn",
    "CreationTime",
    "TrainingStartTime",
    "TrainingEndTime",
    "TrainingJobStatus",
    "FailureReason",
)


def new_record(params: Mapping[str, Any], plan: TuningPlan, arn: str, now: float) -> Record:
    """Return the record of a tuning job that begins; times are seconds since the epoch."""
    definition, config = dict(params["TrainingJobDefinition"]), params["HyperParameterTuningJobConfig"]
    shown = {name: value for name, value in definition.items() if value not in (None, {}, [])}
    searched = {each.name for each in plan.ranges}
    static = plan.training["HyperParameters"]
    shown |= {
        "StaticHyperParameters": {name: static[name] for name in static if name not in searched},
        **{flag: bool(definition.get(flag)) for flag in _FLAGS},
    }
    return {
        "HyperParameterTuningJobName": params["HyperParameterTuningJobName"],
        "HyperParameterTuningJobArn": arn,
        "HyperParameterTuningJobConfig": {"TrainingJobEarlyStoppingType": "Off", **config},
        "TrainingJobDefinition": shown,
        TUNING.status: "InProgress",
        "CreationTime": now,
        "LastModifiedTime": now,
        **counters([]),
    }


def trial_summary(training: Mapping[str, Any], tuned: Mapping[str, str], plan: TuningPlan) -> Record:
    """Return the summary of a training job from its description."""
    summary = {member: training[member] for member in _OF_TRAINING if member in training}
    summary |= {"TunedHyperParameters": dict(tuned), "ObjectiveStatus": "Pending"}
    if training["TrainingJobStatus"] in TERMINAL:
        value = _final_value(training, plan.metric)
        summary["ObjectiveStatus"] = "Failed"
        # A failed job's last value is that of a model which does not exist.
        if value is not None and training["TrainingJobStatus"] != "Failed":
            summary["ObjectiveStatus"] = "Succeeded"
            summary[METRIC] = {"Type": plan.direction, "MetricName": plan.metric, "Value": value}
    return summary


def objective_value(summary: Mapping[str, Any]) -> float | None:
    """Return a training job's final objective value, None when it has none."""
    return summary[METRIC]["Value"] if METRIC in summary else None


def counters(summaries: Sequence[Mapping[str, Any]]) -> Record:
    """Return both groups of counters over the launched training jobs."""
    statuses = [summary["TrainingJobStatus"] for summary in summaries]
    objectives = [summary["ObjectiveStatus"] for summary in summaries]
    return {
        "TrainingJobStatusCounters": {
            "Completed": statuses.count("Completed"),
            "InProgress": sum(status not in TERMINAL for status in statuses),
            "RetryableError": 0,
            "NonRetryableError": statuses.count("Failed"),
            "Stopped": statuses.count("Stopped"),
        },
        "ObjectiveStatusCounters": {
            status: objectives.count(status) for status in ("Succeeded", "Pending", "Failed")
        },
    }


def best(summaries: Sequence[Record], plan: TuningPlan) -> Record | None:
    """Return the summary with the best objective value, the first of equals; None when there is none."""
    ended = [summary for summary in summaries if METRIC in summary]
    sign = -1 if plan.maximize else 1
    return min(ended, key=lambda summary: sign * summary[METRIC]["Value"], default=None)


def _final_value(training: Mapping[str, Any], metric: str) -> float | None:
    values = [
        float(each["Value"])
        for each in training.get("FinalMetricDataList", [])
        if each["MetricName"] == metric and math.isfinite(each["Value"])
    ]
    return values[0] if values else None
