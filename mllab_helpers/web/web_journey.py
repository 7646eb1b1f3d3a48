"""Where the time of a request goes: client, API Gateway, Lambda, endpoint, model.

Each part measures itself: the client, the Lambda in its REPORT lines, the others in CloudWatch. The figures
are means, because means of the same requests lie within each other as their times do; medians need not.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import partial
from statistics import mean
from typing import TYPE_CHECKING, Any

from mllab_helpers.aws_errors import translate
from mllab_helpers.errors import TooFewRequests
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.names import VARIANT
from mllab_helpers.web.web_api import STAGE, api_name
from mllab_helpers.web.web_calls import Answer, explain, post
from mllab_helpers.web.web_function import read_reports

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

_OK = 200
_METRICS_SECONDS = 600.0
_MICRO = 1000.0  # ModelLatency is in microseconds


@dataclass(frozen=True)
class Journey:
    """The mean times of one request, in milliseconds, each including all those after it.

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
    Raises: TooFewRequests, TookTooLong: CloudWatch has no figures yet; and as `web_calls.ask_price`.
    """
    if count < 1:
        raise TooFewRequests(count=count)
    started = _next_period(lab)
    answers = _ask(lab, url, lambda session: post(url, house, key=key, session=session), count, per_second)
    api = {"ApiName": api_name(lab), "Stage": stage}
    hosting = {"EndpointName": endpoint, "VariantName": VARIANT}
    read = partial(_mean_metric, lab, started=started, count=len(answers))
    with translate():
        return Journey(
            client=mean(answer.milliseconds for answer in answers),
            gateway=read("AWS/ApiGateway", "Latency", api),
            integration=read("AWS/ApiGateway", "IntegrationLatency", api),
            function=_mean_duration(lab, function, {answer.request for answer in answers}),
            model=read("AWS/SageMaker", "ModelLatency", hosting) / _MICRO,
            requests=len(answers),
        )


def _next_period(lab: Lab) -> float:
    """Wait for CloudWatch's next period, so that no earlier request is counted; return its beginning."""
    now = lab.clock.now()
    begin = math.ceil(now / lab.metric_period) * lab.metric_period
    lab.clock.sleep(begin - now)
    return float(begin)


def _ask(lab: Lab, url: str, call: Callable[[Any], Answer], count: int, per_second: float) -> list[Answer]:
    import requests

    answers = []
    with requests.Session() as session:
        for _ in range(count):
            answer = call(session)
            if answer.status != _OK:
                # API Gateway has counted it all the same, so the rest could no longer be told from it.
                raise explain(answer, url)
            answers.append(answer)
            lab.clock.sleep(1 / per_second)
    return answers


def _mean_duration(lab: Lab, function: str, requests: set[str]) -> float:
    """Wait for the REPORT lines of these requests, and return the mean of their durations."""
    reports = wait_until(
        lab.clock,
        lambda: read_reports(lab, function),
        lambda found: requests <= found.keys(),
        what=f"/aws/lambda/{function}",
        pause=max(lab.pause, 0.2),
        limit=_METRICS_SECONDS,
    )
    return mean(reports[request].milliseconds for request in requests)


def _mean_metric(
    lab: Lab, namespace: str, metric: str, dimensions: Mapping[str, str], *, started: float, count: int
) -> float:
    """Wait until CloudWatch has counted the requests since a time (epoch), and return their mean."""

    def look() -> list[dict[str, Any]]:
        answer = lab.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=datetime.fromtimestamp(started, timezone.utc),
            EndTime=datetime.fromtimestamp(lab.clock.now() + lab.metric_period, timezone.utc),
            Period=lab.metric_period,
            Statistics=["SampleCount", "Sum"],
        )
        points: list[dict[str, Any]] = answer["Datapoints"]
        return points

    points = wait_until(
        lab.clock,
        look,
        lambda seen: _total(seen, "SampleCount") >= count,
        what=f"{namespace} {metric}",
        pause=max(lab.pause, 0.2),
        limit=_METRICS_SECONDS,
    )
    return _total(points, "Sum") / _total(points, "SampleCount")


def _total(points: list[dict[str, Any]], statistic: str) -> float:
    return float(sum(point[statistic] for point in points))
