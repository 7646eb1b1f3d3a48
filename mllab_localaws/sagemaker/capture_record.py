"""A captured invocation, and the line that is written about it.

Format: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
"""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from mllab_localaws.sagemaker.capture_config import Capture


@dataclass(frozen=True)
class Captured:
    """One answered invocation; whatever is costly about it is left to whoever writes it.

    Attributes:
        time: seconds since the epoch.
        request_type, answer_type: content types as sent, None when there was none.
        inference_id, custom_attributes: as the caller sent them.
    """

    capture: Capture
    time: float
    request_type: str | None
    request: bytes
    answer_type: str | None
    answer: bytes
    inference_id: str | None = None
    custom_attributes: str | None = None

    @property
    def size(self) -> int:
        """Bytes of the payloads."""
        return len(self.request) + len(self.answer)


def line(captured: Captured) -> str:
    """Return the JSON line of an invocation, with the newline at its end."""
    capture, data = captured.capture, {}
    if capture.inputs:
        data["endpointInput"] = _side(capture, captured.request_type, "INPUT", captured.request)
    if capture.outputs:
        data["endpointOutput"] = _side(capture, captured.answer_type, "OUTPUT", captured.answer)
    time = datetime.fromtimestamp(captured.time, timezone.utc)
    metadata: dict[str, Any] = {"eventId": str(uuid.uuid4())}
    if captured.custom_attributes is not None:
        metadata["customAttributes"] = [captured.custom_attributes]
    if captured.inference_id is not None:
        metadata["inferenceId"] = captured.inference_id
    metadata["inferenceTime"] = time.strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}) + "\n"


def key(captured: Captured) -> str:
    """Return the S3 key of a file that begins with this invocation: by endpoint, variant and hour (UTC)."""
    capture, time = captured.capture, datetime.fromtimestamp(captured.time, timezone.utc)
    name = f"{time:%M-%S}-{time.microsecond // 1000:03d}-{uuid.uuid4()}.jsonl"
    folder = f"{capture.endpoint}/{capture.variant}/{time:%Y/%m/%d/%H}"
    return "/".join(part for part in (capture.prefix, folder, name) if part)


def _side(capture: Capture, content_type: str | None, mode: str, payload: bytes) -> dict[str, str]:
    data, encoding = _encoded(capture, content_type, payload)
    observed = {} if content_type is None else {"observedContentType": content_type}
    return {**observed, "mode": mode, "data": data, "encoding": encoding}


def _encoded(capture: Capture, content_type: str | None, payload: bytes) -> tuple[str, str]:
    kind = (content_type or "").partition(";")[0].strip().lower()
    for encoding, kinds in (("CSV", capture.csv_types), ("JSON", capture.json_types)):
        if kind in kinds:
            try:
                return payload.decode(), encoding
            except UnicodeDecodeError:
                break  # not the text that it claims to be, and nothing of it may be lost
    return base64.b64encode(payload).decode(), "BASE64"
