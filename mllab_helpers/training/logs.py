"""What a training job writes: lines in CloudWatch Logs, and the metrics in them.

https://docs.aws.amazon.com/sagemaker/latest/dg/logging-cloudwatch.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import error_code

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

TRAINING_GROUP = "/aws/sagemaker/TrainingJobs"
PROCESSING_GROUP = "/aws/sagemaker/ProcessingJobs"
ENDPOINT_GROUPS = "/aws/sagemaker/Endpoints/"

# XGBoost separates with tabs; CloudWatch Logs holds each as the four characters #011.
_ROUND = re.compile(r"\[(\d+)\](?:#011|\t)(.+)")
_METRIC = re.compile(r"(\w+)-([\w@.\-]+):([-+]?(?:[\d.]+(?:[eE][-+]?\d+)?|inf|nan))")


@dataclass
class LogReader:
    """Reads a resource's log streams from where it stopped the last time.

    Attributes: since: lines from before are left out; seconds since the epoch.
    """

    lab: Lab
    group: str
    prefix: str = ""
    since: float = 0.0
    _tokens: dict[str, str] = field(default_factory=dict)

    def read_new(self) -> list[str]:
        """Return the lines that came since the last call, per stream in order."""
        streams = sorted(find_streams(self.lab, self.group, self.prefix))
        return [line for stream in streams for line in self._read_stream(stream)]

    def _read_stream(self, stream: str) -> Iterator[str]:
        while True:
            known = self._tokens.get(stream)
            page = self.lab.client("logs").get_log_events(
                logGroupName=self.group,
                logStreamName=stream,
                startFromHead=True,
                **({"startTime": int(self.since * 1000)} if self.since else {}),
                **({"nextToken": known} if known else {}),
            )
            yield from (event["message"] for event in page["events"])
            self._tokens[stream] = page["nextForwardToken"]
            # The same token again means the end for now (CloudWatch Logs API reference, GetLogEvents).
            if page["nextForwardToken"] == known:
                return


def find_streams(lab: Lab, group: str, prefix: str = "") -> Iterator[str]:
    """List the log streams whose names begin so; none when the group does not exist."""
    pages = lab.client("logs").get_paginator("describe_log_streams")
    named = {"logStreamNamePrefix": prefix} if prefix else {}
    try:
        for page in pages.paginate(logGroupName=group, **named):
            yield from (stream["logStreamName"] for stream in page["logStreams"])
    except ClientError as error:
        # The group and the stream exist only once the container has written its first line.
        if error_code(error) != "ResourceNotFoundException":
            raise


def delete_job_logs(lab: Lab, arn: str) -> None:
    """Delete what a training or a processing job wrote; silent when it wrote nothing.

    Args: arn: of the job.
    """
    kind, _, name = arn.rpartition(":")[2].partition("/")
    group = {"training-job": TRAINING_GROUP, "processing-job": PROCESSING_GROUP}[kind]
    for stream in list(find_streams(lab, group, f"{name}/")):
        lab.client("logs").delete_log_stream(logGroupName=group, logStreamName=stream)


def training_log(lab: Lab, job: str) -> LogReader:
    """Return a reader of a training job's log."""
    return LogReader(lab, TRAINING_GROUP, f"{job}/")


def endpoint_log(lab: Lab, endpoint: str) -> LogReader:
    """Return a reader of an endpoint's log."""
    return LogReader(lab, f"{ENDPOINT_GROUPS}{endpoint}")


def parse_round(line: str) -> tuple[int, dict[str, float]] | None:
    """Return the round and its metrics, e.g. `(3, {"train_rmse": 93120.5})`, or None for other lines."""
    found = _ROUND.search(line)
    if found is None:
        return None
    metrics = {
        f"{metric[1]}_{metric[2]}": float(metric[3])
        for part in found[2].replace("#011", "\t").split("\t")
        if (metric := _METRIC.fullmatch(part.strip()))
    }
    return (int(found[1]), metrics) if metrics else None
