"""A training job's statuses, as changes of its record.

Order and messages follow `SecondaryStatusTransitions` as DescribeTrainingJob shows them for a built-in
algorithm.
"""

from __future__ import annotations

from mllab_localaws.sagemaker.job_records import TERMINAL
from mllab_localaws.store import Record

MESSAGES = {
    "Pending": "Training job waiting for capacity",
    "Starting": "Preparing the instances for training",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Stopping": "Stopping the training job",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}


def entered(record: Record, secondary: str, now: float, message: str | None = None) -> Record:
    """Return the record in its next secondary status.

    Args: now: seconds since the epoch.
    """
    *transitions, last = record["SecondaryStatusTransitions"] or [{"Status": None}]
    text = MESSAGES[secondary] if message is None else message
    if last["Status"] == secondary:  # AWS shows a status once, with its latest message
        transitions.append({**last, "StatusMessage": text})
    else:
        if last["Status"] is not None:
            transitions.append({**last, "EndTime": now})
        transitions.append({"Status": secondary, "StartTime": now, "StatusMessage": text})
    return {
        **record,
        "SecondaryStatus": secondary,
        "SecondaryStatusTransitions": transitions,
        "LastModifiedTime": now,
    }


def advanced(record: Record, secondary: str, now: float) -> Record:
    """Return the record one step further; a job that is being stopped only uploads, it does not go back."""
    if record["TrainingJobStatus"] == "Stopping" and secondary != "Uploading":
        return record
    return entered(record, secondary, now)


def stopping(record: Record, now: float) -> Record:
    """Return the record of a job that is told to stop."""
    if record["TrainingJobStatus"] == "Stopping":
        return record
    return {**entered(record, "Stopping", now), "TrainingJobStatus": "Stopping"}


def ended(record: Record, secondary: str, now: float, failure: str | None = None) -> Record:
    """Return the record of a job that is over.

    Args: secondary: Completed (Stopped, when a stop came too late), Failed, Stopped or MaxRuntimeExceeded.
    """
    if record["TrainingJobStatus"] == "Stopping" and secondary == "Completed":
        secondary = "Stopped"
    status = secondary if secondary in TERMINAL else "Stopped"
    record = {**entered(record, secondary, now, failure), "TrainingJobStatus": status}
    record["SecondaryStatusTransitions"][-1]["EndTime"] = now
    if failure is not None:
        record["FailureReason"] = failure
    if "TrainingStartTime" in record:
        seconds = max(1, round(now - record["TrainingStartTime"]))
        record |= {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds}
    return {**record, "TrainingEndTime": now}
