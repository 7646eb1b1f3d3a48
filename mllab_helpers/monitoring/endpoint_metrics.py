"""CloudWatch: what an endpoint did, as the platform counted it.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any

from mllab_helpers.aws_errors import translate
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.names import VARIANT
from mllab_helpers.texts import say

if TYPE_CHECKING:
    import pandas as pd

    from mllab_helpers.lab.lab import Lab

NAMESPACE = "AWS/SageMaker"
MICROSECONDS = 1_000_000
# Column: metric, statistic, and by what it is divided to become requests, a share or milliseconds.
_COLUMNS = {
    "invocations": ("Invocations", "Sum", 1),
    "errors_4xx": ("Invocation4XXErrors", "Sum", 1),
    "errors_5xx": ("Invocation5XXErrors", "Sum", 1),
    "error_rate": ("Invocation4XXErrors", "Average", 1),
    "model_p50_ms": ("ModelLatency", "p50", 1000),
    "model_p99_ms": ("ModelLatency", "p99", 1000),
    "overhead_p50_ms": ("OverheadLatency", "p50", 1000),
}
# CloudWatch shows a new datapoint within minutes; on the local AWS at once.
_VISIBLE_SECONDS = 300.0


def dimensions(endpoint: str) -> list[dict[str, str]]:
    """Return the dimensions under which SageMaker counts an endpoint's requests: both, or none is found."""
    return [
        {"Name": "EndpointName", "Value": endpoint},
        {"Name": "VariantName", "Value": VARIANT},
    ]


@translate()
def endpoint_metrics(
    lab: Lab, endpoint: str, *, since: float, requests: int = 0, period: int = 0
) -> pd.DataFrame:
    """Ask CloudWatch what an endpoint did.

    Args:
        since: seconds since the epoch.
        requests: wait until CloudWatch has counted so many; metrics arrive some time after the requests.
        period: seconds per row; 0 for the shortest that this AWS has.
    Returns: one row per period: `time`, `invocations`, `errors_4xx`, `errors_5xx`, `error_rate` (share of the
        requests), `model_p50_ms`, `model_p99_ms`, `overhead_p50_ms` (milliseconds).
    Raises: TookTooLong: the requests never show.
    """
    period = period or lab.alarm_period
    return wait_until(
        lab.clock,
        lambda: _ask(lab, endpoint, since, period),
        lambda table: table["invocations"].sum() >= requests,
        what=say("endpoint_metrics.of", name=endpoint),
        pause=lab.alarm_period / 10,
        limit=_VISIBLE_SECONDS,
    )


@translate()
def begin_quietly(lab: Lab, endpoint: str, *, period: int) -> None:
    """Wait for the next period when this one has requests already: CloudWatch would count them together.

    Args: period: seconds; it begins at a multiple of itself since the epoch.
    Raises: AwsRefused.
    """
    now = lab.clock.now()
    if _ask(lab, endpoint, now, period)["invocations"].sum() > 0:
        lab.clock.sleep(period - now % period)


def _ask(lab: Lab, endpoint: str, since: float, period: int) -> pd.DataFrame:
    import pandas as pd

    start = since - since % period
    answer = lab.client("cloudwatch").get_metric_data(
        MetricDataQueries=[
            _query(column, metric, statistic, endpoint, period)
            for column, (metric, statistic, _) in _COLUMNS.items()
        ],
        StartTime=datetime.fromtimestamp(start, timezone.utc),
        EndTime=datetime.fromtimestamp(lab.clock.now() + period, timezone.utc),
        ScanBy="TimestampAscending",
    )
    series = {
        result["Id"]: pd.Series(
            result["Values"], index=pd.to_datetime(result["Timestamps"], utc=True), dtype=float
        )
        / _COLUMNS[result["Id"]][2]
        for result in answer["MetricDataResults"]
    }
    table = pd.DataFrame(series, columns=list(_COLUMNS))
    counts = ["invocations", "errors_4xx", "errors_5xx"]
    table[counts] = table[counts].fillna(0).astype(int)
    named: pd.DataFrame = table.rename_axis("time").reset_index()
    return named


def _query(column: str, metric: str, statistic: str, endpoint: str, period: int) -> dict[str, Any]:
    named = {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions(endpoint)}
    return {"Id": column, "MetricStat": {"Metric": named, "Period": period, "Stat": statistic}}
