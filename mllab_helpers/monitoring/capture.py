"""Data capture: what an endpoint was asked and what it answered, kept in S3.

https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mllab_helpers import progress, storage
from mllab_helpers.aws_errors import translate
from mllab_helpers.errors import NothingCaptured
from mllab_helpers.texts import say

if TYPE_CHECKING:
    import pandas as pd

    from mllab_helpers.lab.lab import Lab

CAPTURED = "captured"
ARCHIVE = "captured-before"
# Captured requests reach S3 within some minutes (Developer Guide, "Capture data").
_CAPTURE_SECONDS = 600.0


def capture_config(lab: Lab, percent: int = 100) -> dict[str, Any]:
    """Return the part of an endpoint configuration that stores requests and answers in the lab's bucket.

    Args: percent: of the requests.
    """
    return {
        "EnableCapture": True,
        "InitialSamplingPercentage": percent,
        "DestinationS3Uri": f"s3://{lab.bucket}/{CAPTURED}",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json"],
        },
    }


@translate()
def wait_for_capture(lab: Lab, endpoint: str, requests: int) -> pd.DataFrame:
    """Wait until so many requests have arrived in S3.

    Returns: one row per request, latest last: `time`, `input`, `output` (as sent), `key` (the file).
    Raises: NothingCaptured: they never arrive.
    """
    import pandas as pd

    seen: dict[str, list[dict[str, Any]]] = {}

    def look() -> int:
        for key in captured_keys(lab, endpoint):
            if key not in seen:
                seen[key] = [json.loads(line) for line in storage.download(lab, key).splitlines()]
        return sum(map(len, seen.values()))

    with progress.show(say("drift.capturing", name=endpoint), total=requests) as shown:
        deadline = lab.clock.now() + _CAPTURE_SECONDS
        while (count := look()) < requests:
            shown.move_to(count)
            if lab.clock.now() > deadline:
                raise NothingCaptured(name=endpoint, count=count, expected=requests)
            lab.clock.sleep(max(lab.pause, 0.2))
    rows = [
        (
            record["eventMetadata"]["inferenceTime"],
            record["captureData"]["endpointInput"]["data"].strip(),
            record["captureData"]["endpointOutput"]["data"].strip(),
            key,
        )
        for key in sorted(seen)
        for record in seen[key]
    ]
    table: pd.DataFrame = pd.DataFrame(rows, columns=["time", "input", "output", "key"])
    return table


@translate()
def archive_captured(lab: Lab, endpoint: str) -> int:
    """Move what was captured out of the monitor's sight, so that the next run sees new requests only.

    Returns: how many files were moved.
    """
    s3, keys = lab.client("s3"), captured_keys(lab, endpoint)
    for key in keys:
        kept = key.replace(CAPTURED, ARCHIVE, 1)
        s3.copy_object(Bucket=lab.bucket, Key=kept, CopySource={"Bucket": lab.bucket, "Key": key})
        s3.delete_object(Bucket=lab.bucket, Key=key)
    return len(keys)


def captured_keys(lab: Lab, endpoint: str) -> list[str]:
    """Return the keys of what was captured and not archived, earliest first."""
    found = storage.list_objects(lab, f"{CAPTURED}/{endpoint}/")
    return [str(key) for key in found["key"]]
