"""CloudWatch metrics of a monitoring job: lines of JSON that its container left behind.

Form and namespaces: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-cloudwatch.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-interpreting-cloudwatch.html
"""

from __future__ import annotations

import json
import logging
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mllab_localaws.cloudwatch.bucket import Bucket
from mllab_localaws.cloudwatch.metric_store import Metric
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.roles import may_publish

ENDPOINT_NAMESPACE = "aws/sagemaker/Endpoints/data-metrics"
OTHER_NAMESPACE = "aws/sagemaker/ModelMonitoring/data-metrics"
LONGEST_FILE = 10 * 1024**2
_log = logging.getLogger(__name__)


def publish(platform: Platform, role_arn: str, region: str, lines: str) -> None:
    """Add what each line says; a line that says nothing usable is left out and named in the log.

    Args: role_arn: in whose name; what it may not publish is left out as well.
    """
    for number, line in enumerate(lines.splitlines(), start=1):
        try:
            metric, unit, minute, observed = _read(region, json.loads(line))
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
            _log.warning("line %d of a job's metrics is no metric: %r", number, error)
            continue
        if may_publish(platform, role_arn, metric.namespace, region):
            platform.metrics.put(metric, unit, minute, observed)
        else:
            _log.warning("%s may not publish metrics of %s", role_arn, metric.namespace)


def _read(region: str, datum: Mapping[str, Any]) -> tuple[Metric, str, int, Bucket]:
    """Return what to add: to which metric, in which unit, to which minute."""
    dimensions = {each["Name"]: str(each["Value"]) for each in datum.get("Dimensions", [])}
    namespace = ENDPOINT_NAMESPACE if "Endpoint" in dimensions else OTHER_NAMESPACE
    metric = Metric(region, namespace, str(datum["MetricName"]), tuple(sorted(dimensions.items())))
    time = datetime.fromisoformat(datum["Timestamp"].replace("Z", "+00:00")).timestamp()
    return metric, str(datum.get("Unit", "None")), int(time) // 60 * 60, _observed(datum)


def _observed(datum: Mapping[str, Any]) -> Bucket:
    observed = Bucket()
    if "StatisticValues" in datum:
        names = ("SampleCount", "Sum", "Minimum", "Maximum")
        observed.add_set(*(_number(datum["StatisticValues"][name]) for name in names))
    else:
        observed.add(_number(datum["Value"]))
    return observed


def _number(value: Any) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"{value} is not finite")
    return number
