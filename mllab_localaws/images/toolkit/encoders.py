"""The toolkit's default decoding of requests and encoding of replies.

Formats: `sagemaker_containers/_encoders.py` of aws/sagemaker-containers.
"""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np

CSV = "text/csv"
JSON = "application/json"
NPY = "application/x-npy"


class UnsupportedFormatError(Exception):
    """No default for this content type.

    Args: content_type: what the request, or its Accept header, asked for.
    """

    def __init__(self, content_type: str) -> None:
        super().__init__(
            f"Content type {content_type} is not supported by this framework.\n\n"
            "Please implement input_fn to to deserialize the request data or an output_fn to\n"
            "serialize the response. For more information, see the SageMaker Python SDK README."
        )


def media_type(content_type: str) -> str:
    """Return a content type without its parameters."""
    return content_type.partition(";")[0].strip().lower()


def to_array(body: str | bytes, content_type: str) -> Any:
    """Return a request body as a numpy array; raises UnsupportedFormatError."""
    media = media_type(content_type)
    if media == JSON:
        return np.array(json.loads(body))
    if media == CSV:
        text = body.decode() if isinstance(body, bytes) else body
        return np.genfromtxt(io.StringIO(text), delimiter=",")
    if media == NPY:
        return np.load(
            io.BytesIO(body if isinstance(body, bytes) else body.encode("latin-1")), allow_pickle=False
        )
    raise UnsupportedFormatError(content_type)


def from_array(array: Any, accept: str) -> bytes:
    """Return a prediction in the format asked for; raises UnsupportedFormatError."""
    media = media_type(accept)
    if media == JSON:
        return json.dumps(array, default=_plain).encode()
    if media == CSV:
        text = io.StringIO()
        np.savetxt(text, np.atleast_1d(array), delimiter=",", fmt="%s")
        return text.getvalue().encode()
    if media == NPY:
        buffer = io.BytesIO()
        np.save(buffer, array, allow_pickle=False)
        return buffer.getvalue()
    raise UnsupportedFormatError(accept)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
