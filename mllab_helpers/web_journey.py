"""Where the time of a request goes: client, API Gateway, Lambda, endpoint, model.

Each part measures itself. The client and the Lambda's REPORT line are exact for each request; API Gateway and
SageMaker tell CloudWatch, which gives the median of each period that the requests fell into.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from statistics import median
from typing import TYPE_CHECKING, Any

from mllab_helpers.aws_errors import translate
from mllab_helpers.clock import wait_until
from mllab_helpers.deployment import VARIANT
from mllab_helpers.web_api import STAGE, api_name
from mllab_helpers.web_calls import Answer, post
from mllab_helpers.web_errors import TooFewCalls
from mllab_helpers.web_function import read_reports

if TYPE_CHECKING:
    from mllab_helpers.lab import Lab

_OK = 200
_METRICS_SECONDS = 600.0
_MICRO = 1000.0  # ModelLatency is in microseconds


@dataclass(frozen=True)
class Journey:
    """The median times of one request, in milliseconds, each including all those after it.

    Attributes:
        client: from sending to the whole answer.
        gateway: `Latency` of API Gateway.
        integration: `IntegrationLatency`: what API Gateway waited for the Lambda.
        function: `Duration` in the Lambda's REPORT line.
        model: `ModelLatency` of the endpoint: what SageMaker waited for the container.
        requests: how many were measured.
    """

    client: float
    gateway: float
    integration: float
    function: float
    model: float
    requests: int

    def steps(self) -> dict[str, float]:
        """Return the times from the outside inwards."""
        return {
            "client": self.client,
            "gateway": self.gateway,
            "integration": self.integration,
            "function": self.function,
            "model": self.model,
        }


def measure_journey(
    lab: Lab,
    url: str,
    house: Mapping[str, Any],
    *,
    key: str,
    function: str,
    endpoint: str,
    count: int = 20,
    per_second: float = 5.0,
    stage: str = STAGE,
) -> Journey:
    """Send requests one after the other, and collect what each part says of them.

    Args: function: the Lambda's name; per_second: no faster than this, to stay below the usage plan's rate.
    Raises: TooFewCalls: no request was answered with a price; TookTooLong: CloudWatch has no figures yet.
    """
    started = _next_period(lab)
    answers = _ask(lab, lambda session: post(url, house, key=key, session=session), count, per_second)
    api = {"ApiName": api_name(lab), "Stage": stage}
    hosting = {"EndpointName": endpoint, "VariantName": VARIANT}
    read = partial(_median_metric, lab, started=started, count=len(answers))
    with translate():
        return Journey(
            client=median(answer.milliseconds for answer in answers),
            gateway=read("AWS/ApiGateway", "Latency", api),
            integration=read("AWS/ApiGateway", "IntegrationLatency", api),
            function=_median_duration(lab, function, {answer.request for answer in answers}),
            model=read("AWS/SageMaker", "ModelLatency", hosting) / _MICRO,
            requests=len(answers),
        )


def _next_period(lab: Lab) -> float:
    """Wait for CloudWatch's next period, so that no earlier request is counted; return its beginning."""
    now = lab.clock.now()
    begin = math.ceil(now / lab.metric_period) * lab.metric_period
    lab.clock.sleep(begin - now)
    return float(begin)


def _ask(lab: Lab, call: Callable[[Any], Answer], count: int, per_second: float) -> list[Answer]:
    import requests

    answers = []
    with requests.Session() as session:
        for _ in range(count):
            answer = call(session)
            if answer.status == _OK:
                answers.append(answer)
            lab.clock.sleep(1 / per_second)
    if not answers:
        raise TooFewCalls(count=count)
    return answers


def _median_duration(lab: Lab, function: str, requests: set[str]) -> float:
    """Wait for the REPORT lines of these requests, and return the median of their durations."""
    reports = wait_until(
        lab.clock,
        lambda: read_reports(lab, function),
        lambda found: requests <= found.keys(),
        what=f"/aws/lambda/{function}",
        pause=max(lab.pause, 0.2),
        limit=_METRICS_SECONDS,
    )
    return median(reports[request].milliseconds for request in requests)


def _median_metric(
    lab: Lab, namespace: str, metric: str, dimensions: Mapping[str, str], *, started: float, count: int
) -> float:
    """Wait until CloudWatch has counted the requests, and return the median of the periods they fell into."""
    facts = {
        "Namespace": namespace,
        "MetricName": metric,
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        "StartTime": datetime.fromtimestamp(started, timezone.utc),
        "Period": lab.metric_period,
    }

    def look(statistic: Mapping[str, list[str]]) -> list[dict[str, Any]]:
        end = datetime.fromtimestamp(lab.clock.now() + lab.metric_period, timezone.utc)
        answer = lab.client("cloudwatch").get_metric_statistics(**facts, EndTime=end, **statistic)
        points: list[dict[str, Any]] = answer["Datapoints"]
        return points

    wait_until(
        lab.clock,
        lambda: sum(point["SampleCount"] for point in look({"Statistics": ["SampleCount"]})),
        lambda counted: counted >= count,
        what=f"{namespace} {metric}",
        pause=max(lab.pause, 0.2),
        limit=_METRICS_SECONDS,
    )
    periods = look({"ExtendedStatistics": ["p50"]})
    return float(median(point["ExtendedStatistics"]["p50"] for point in periods))
