"""What CloudWatch hears of one invocation.

Names and units: https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html, "Endpoint
invocation metrics". Latencies are in microseconds.
"""

from __future__ import annotations

from mllab_localaws.cloudwatch.metric_store import Observation

NAMESPACE = "AWS/SageMaker"
# Each variant runs on one instance here, so that an invocation's share of one is the whole of it.
INSTANCES = 1


def observations(status: int | None, model_seconds: float, overhead_seconds: float) -> dict[str, Observation]:
    """Return one invocation's metrics.

    Args:
        status: the container's HTTP status; None when it did not answer (in time).
        model_seconds: from sending the request to the container until its answer is read.
        overhead_seconds: what the invocation took before that.
    """
    return {
        "Invocations": (1.0, "None"),
        "InvocationsPerInstance": (1.0 / INSTANCES, "None"),
        "Invocation4XXErrors": (float(status is not None and 400 <= status < 500), "None"),
        "Invocation5XXErrors": (float(status is not None and status >= 500), "None"),
        "InvocationModelErrors": (float(status is None or not 200 <= status < 300), "None"),
        "ModelLatency": (model_seconds * 1e6, "Microseconds"),
        "OverheadLatency": (overhead_seconds * 1e6, "Microseconds"),
    }
