"""An alarm on every endpoint that nobody has asked anything for an hour.

It has no action: `mllab costs` reads its state. It is kept apart from the other alarms because endpoints are
made with it, and those stand on endpoints.

https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import is_absent, translate
from mllab_helpers.lab.resource_listing import pages
from mllab_helpers.names import VARIANT, resource_prefix
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

SECONDS = 3600
_SUFFIX = "-idle"


@translate()
def put_alarm(lab: Lab, endpoint: str) -> str:
    """Create the alarm of an endpoint, or find it as it was; return its name."""
    name = endpoint + _SUFFIX
    lab.note_creating("alarm", name)
    lab.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        AlarmDescription=say("idle.description", endpoint=endpoint),
        Namespace="AWS/SageMaker",
        MetricName="Invocations",
        Dimensions=[
            {"Name": "EndpointName", "Value": endpoint},
            {"Name": "VariantName", "Value": VARIANT},
        ],
        Statistic="Sum",
        Period=SECONDS,
        EvaluationPeriods=1,
        Threshold=1.0,
        ComparisonOperator="LessThanThreshold",
        TreatMissingData="breaching",  # no request, no datum
        Tags=lab.tags,
    )
    return name


def is_idle_alarm(name: str) -> bool:
    """Tell whether an alarm is one that comes with an endpoint."""
    return name.endswith(_SUFFIX)


@translate()
def delete_alarm(lab: Lab, endpoint: str) -> None:
    """Delete the alarm of an endpoint; silent when there is none."""
    try:
        lab.client("cloudwatch").delete_alarms(AlarmNames=[endpoint + _SUFFIX])
    except ClientError as error:
        if not is_absent(error):
            raise


@translate()
def delete_alarms_but(lab: Lab, endpoints: Iterable[str]) -> None:
    """Delete the alarms of a student's endpoints that are gone.

    Args: endpoints: those that are not.
    """
    alive, prefix = set(endpoints), resource_prefix(lab.student)
    for alarm in pages(lab, "cloudwatch", "describe_alarms", "MetricAlarms", AlarmNamePrefix=prefix):
        name = alarm["AlarmName"]
        if is_idle_alarm(name) and name.removesuffix(_SUFFIX) not in alive:
            delete_alarm(lab, name.removesuffix(_SUFFIX))


@translate()
def find_idle(lab: Lab, endpoints: Iterable[str]) -> set[str]:
    """Return those endpoints whose alarm is on: of one younger than an hour, that says nothing yet."""
    names = [endpoint + _SUFFIX for endpoint in endpoints]
    if not names:  # CloudWatch takes no names for all names
        return set()
    found = lab.client("cloudwatch").describe_alarms(AlarmNames=names, AlarmTypes=["MetricAlarm"])
    on = [alarm["AlarmName"] for alarm in found["MetricAlarms"] if alarm["StateValue"] == "ALARM"]
    return {name.removesuffix(_SUFFIX) for name in on}
