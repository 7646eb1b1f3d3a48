"""S3 locations in requests."""

from __future__ import annotations

from mllab_localaws.wire.errors import validation_error


def parse_s3_uri(uri: str) -> tuple[str, str]:
    """Return bucket and key (or prefix, possibly empty) of `s3://bucket/key`.

    Raises: AwsError: `ValidationException`, the URI has another form or names no bucket.
    """
    scheme, separator, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not separator or not bucket:
        raise validation_error(
            f'"{uri}" is not an S3 location that the local AWS reads; write s3://bucket/key.'
        )
    return bucket, key
