"""What CloudWatch learns of each request, under `AWS/ApiGateway`."""

from __future__ import annotations

from mllab_localaws.apigateway.visit import Visit
from mllab_localaws.cloudwatch.metric_store import MetricStore, Observation

_NAMESPACE = "AWS/ApiGateway"


def record(metrics: MetricStore, visit: Visit, status: int, latency: float) -> None:
    """Add one request to every series that it belongs to.

    Args: status: of the answer; latency: milliseconds.
    """
    values: dict[str, Observation] = {
        "Count": (1.0, "Count"),
        # Zeros as well: the average of these is the rate of errors.
        "4XXError": (float(400 <= status < 500), "Count"),
        "5XXError": (float(status >= 500), "Count"),
        "Latency": (latency, "Milliseconds"),
    }
    if visit.integration_ms is not None:
        values["IntegrationLatency"] = (visit.integration_ms, "Milliseconds")
    stage, method = visit.stage, visit.method
    series = [{"ApiName": stage.api_name}, {"ApiName": stage.api_name, "Stage": stage.name}]
    if method is not None and visit.settings.detailed_metrics:
        series.append({**series[1], "Method": method.http_method, "Resource": method.resource_path})
    for dimensions in series:
        metrics.record(stage.region, _NAMESPACE, dimensions, values, visit.request.time)
