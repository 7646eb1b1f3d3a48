"""moto as the store behind S3 and Logs; IAM and STS are in `moto_identity`, SNS and SQS in `moto_messaging`.

Nobody but these three modules imports moto's services.

Clients reach a service's own WSGI application; moto's other services (its SageMaker answers "Completed" with
nothing done) have no route here. Services of ours use the same state in process.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar

from mllab_localaws.access.model import Request
from mllab_localaws.caller import SAGEMAKER, Caller
from mllab_localaws.platform import ACCOUNT, DEFAULT_REGION
from mllab_localaws.wire.errors import AwsError

if TYPE_CHECKING:
    from mllab_localaws.access.authorizer import Authorizer

# moto reads these when it is imported.
os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
os.environ["MOTO_ACCOUNT_ID"] = ACCOUNT
os.environ["MOTO_DISABLE_GLOBAL_CORS"] = "true"
# The gateway has put the bucket into the path by then, and has looked at it there.
os.environ["S3_IGNORE_SUBDOMAIN_BUCKETNAME"] = "true"
os.environ["MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS"] = "false"

from moto.core.request import (
    PRESERVED_HEADER_NAMES_ENVIRON_KEY,
    environ_key_for_header,
    should_preserve_original_header_name,
)
from moto.iam.models import iam_backends
from moto.logs.models import LogsBackend, logs_backends
from moto.moto_server.werkzeug_app import create_backend_app
from moto.s3.models import S3Backend, s3_backends
from moto.sts.models import sts_backends

_log = logging.getLogger(__name__)
NEIGHBOUR = "999999999999"
_NOTHING = hashlib.md5(b"").hexdigest()

# Of each stream at least the latest; an endpoint under load writes thousands of lines a second.
KEPT_EVENTS = 50_000

# Signing name of a request -> moto's service.
SERVICES = {name: name for name in ("s3", "iam", "sts", "logs", "sns", "sqs")}


WsgiApplication = Callable[[dict[str, Any], Any], Any]


@cache
def wsgi_application(service: str) -> WsgiApplication:
    """Return moto's WSGI application of one service; the first use of a service imports it."""
    application = create_backend_app(service)

    def with_original_names(environ: dict[str, Any], start_response: Any) -> Any:
        names = [name.decode("latin-1") for name, _ in environ["asgi.scope"]["headers"]]
        environ[PRESERVED_HEADER_NAMES_ENVIRON_KEY] = {
            environ_key_for_header(name): name for name in names if should_preserve_original_header_name(name)
        }
        return application(environ, start_response)

    return with_original_names


@dataclass(frozen=True)
class StoredObject:
    """A key in a bucket and its size in bytes."""

    key: str
    size: int


@dataclass(frozen=True)
class ObjectChange:
    """Something that happened to an object.

    Attributes:
        action: `PutObject`, `POST Object`, `CopyObject`, `CompleteMultipartUpload`, `DeleteObject` or
            `DeleteMarker`.
        etag: without quotes.
        version_id: None in a bucket without versions.
    """

    region: str
    bucket: str
    key: str
    action: str
    size: int
    etag: str
    version_id: str | None


class _AnnouncingS3(S3Backend):  # type: ignore[misc]  # moto has no types
    """moto's S3, which says what it has done, whether a client or a job asked for it.

    moto's own notifications stay silent, because no bucket of its ever gets a notification configuration.
    """

    __module__ = S3Backend.__module__  # by which moto finds a backend's addresses
    listeners: ClassVar[list[Callable[[ObjectChange], None]]] = []

    def put_object(self, bucket_name: str, key_name: str, *args: Any, **kwargs: Any) -> Any:
        key = super().put_object(bucket_name, key_name, *args, **kwargs)
        # Copies and multi-part uploads end in a put of their own.
        if not kwargs.get("disable_notification") and kwargs.get("multipart") is None:
            self._written(
                bucket_name, key, "POST Object" if kwargs.get("request_method") == "POST" else "PutObject"
            )
        return key

    def copy_object(self, src_key: Any, dest_bucket_name: str, *args: Any, **kwargs: Any) -> None:
        super().copy_object(src_key, dest_bucket_name, *args, **kwargs)
        name = args[0] if args else kwargs["dest_key_name"]
        self._written(dest_bucket_name, self.get_bucket(dest_bucket_name).keys[name], "CopyObject")

    def complete_multipart_upload(self, bucket_name: str, *args: Any, **kwargs: Any) -> Any:
        key = super().complete_multipart_upload(bucket_name, *args, **kwargs)
        if key is not None:
            self._written(bucket_name, key, "CompleteMultipartUpload")
        return key

    def delete_object(self, bucket_name: str, key_name: str, *args: Any, **kwargs: Any) -> Any:
        deleted, reply = super().delete_object(bucket_name, key_name, *args, **kwargs)
        if deleted:
            is_marker = "delete-marker" in reply and not (args or kwargs.get("version_id"))
            action = "DeleteMarker" if is_marker else "DeleteObject"
            region = self.get_bucket(bucket_name).region_name
            self._tell(
                ObjectChange(region, bucket_name, key_name, action, 0, _NOTHING, reply.get("version-id"))
            )
        return deleted, reply

    def _written(self, bucket_name: str, key: Any, action: str) -> None:
        bucket = self.get_bucket(bucket_name)
        version = key.version_id if bucket.is_versioned else None
        etag = key.etag.strip('"')
        self._tell(ObjectChange(bucket.region_name, bucket_name, key.name, action, key.size, etag, version))

    def _tell(self, change: ObjectChange) -> None:
        if self.account_id == ACCOUNT:
            for listener in list(self.listeners):
                listener(change)


s3_backends.backend = _AnnouncingS3


class _FindingLogs(LogsBackend):  # type: ignore[misc]  # moto has no types
    """moto's logs, which find a group by its identifier and forget its tags with it.

    moto alone answers with the last group of all.
    """

    __module__ = LogsBackend.__module__

    def _find_log_group(self, log_group_id: str | None = None, log_group_name: str | None = None) -> Any:
        return super()._find_log_group(log_group_name=log_group_name or log_group_in(log_group_id or ""))

    def delete_log_group(self, log_group_name: str) -> None:
        super().delete_log_group(log_group_name)
        # moto keeps them for the next group of this name.
        arn = f"arn:aws:logs:{self.region_name}:{self.account_id}:log-group:{log_group_name}"
        self.tagger.delete_all_tags_for_resource(arn)


logs_backends.backend = _FindingLogs


def log_group_in(identifier: str) -> str:
    """Return a log group's name, given by it or by either form of its ARN."""
    return identifier.partition(":log-group:")[2].removesuffix(":*") or identifier


class Objects:
    """S3 for services of ours, each object in the name of whoever it is read or written for.

    Args: authorizer: lets them, or not.
    """

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer

    def subscribe(self, listener: Callable[[ObjectChange], None]) -> Callable[[], None]:
        """Hear of every object that is written or deleted, in the writer's thread; to return at once.

        Returns: what ends the subscription.
        """
        _AnnouncingS3.listeners.append(listener)
        return lambda: _AnnouncingS3.listeners.remove(listener)

    def region(self, bucket: str) -> str:
        """Return where a bucket that exists lives."""
        return str(_s3().buckets[bucket].region_name)

    def exists(self, bucket: str) -> bool:
        """Say whether a bucket is there, for whomever."""
        return bucket in _s3().buckets

    def holds(self, bucket: str, key: str) -> bool:
        """Say whether an object is there, for whomever."""
        return self.exists(bucket) and _current(_s3().buckets[bucket].keys.get(key))

    def occupy(self, bucket: str) -> None:
        """Let somebody else's account own a bucket, since names are shared by all accounts of the world."""
        s3_backends[NEIGHBOUR]["aws"].create_bucket(bucket, "us-east-1")

    def is_foreign(self, bucket: str) -> bool:
        """Say whether another account owns a bucket of this name."""
        return bucket in s3_backends[NEIGHBOUR]["aws"].buckets

    def list(self, who: Caller, bucket: str, prefix: str) -> list[StoredObject]:
        """Return the current objects below a prefix, by key; empty when the bucket is missing.

        Raises: AwsError: `AccessDenied`.
        """
        self._ask(who, "ListObjectsV2", bucket, Prefix=prefix)
        if not self.exists(bucket):
            return []
        keys = _s3().buckets[bucket].keys.items()
        return sorted(
            (StoredObject(name, key.size) for name, key in keys if name.startswith(prefix) and _current(key)),
            key=lambda stored: stored.key,
        )

    def read(self, who: Caller, bucket: str, key: str) -> bytes:
        """Return an object's bytes.

        Raises: AwsError: `AccessDenied`, `NoSuchBucket` or `NoSuchKey`.
        """
        body: bytes = self._find(who, "GetObject", bucket, key).value
        return body

    def size(self, who: Caller, bucket: str, key: str) -> int:
        """Return an object's length in bytes.

        Raises: AwsError: as `read`.
        """
        return int(self._find(who, "HeadObject", bucket, key).size)

    def write(self, who: Caller, bucket: str, key: str, body: bytes) -> None:
        """Create or replace an object.

        Raises: AwsError: `AccessDenied` or `NoSuchBucket`.
        """
        self._ask(who, "PutObject", bucket, Key=key)
        if not self.exists(bucket):
            raise AwsError("NoSuchBucket", f"The specified bucket does not exist: {bucket}", status=404)
        _s3().put_object(bucket, key, value=body)

    def tagged(self, region: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Return the buckets of a region with their tags."""
        for bucket in list(_s3().buckets.values()):
            if bucket.region_name == region:
                yield bucket.arn, _s3().tagger.get_tag_dict_for_resource(bucket.arn)

    def _find(self, who: Caller, operation: str, bucket: str, key: str) -> Any:
        self._ask(who, operation, bucket, Key=key)
        if not self.exists(bucket):
            raise AwsError("NoSuchBucket", f"The specified bucket does not exist: {bucket}", status=404)
        found = _s3().buckets[bucket].keys.get(key)
        if not _current(found):
            # Only those who may list a bucket are told that an object of it is not there.
            self._ask(who, "ListObjectsV2", bucket)
            raise AwsError("NoSuchKey", f"The specified key does not exist: s3://{bucket}/{key}", status=404)
        return found

    def _ask(self, who: Caller, operation: str, bucket: str, **params: str) -> None:
        region = self.region(bucket) if self.exists(bucket) else DEFAULT_REGION
        self._authorizer.authorize(who, Request("s3", operation, {"Bucket": bucket, **params}, region))


class Logs:
    """CloudWatch Logs for services of ours.

    Args:
        authorizer: lets a role write, or not.
        on_write: called after every batch, so that somebody who waits for log lines is woken.
    """

    def __init__(self, authorizer: Authorizer, on_write: Callable[[], None]) -> None:
        self._authorizer = authorizer
        self._on_write = on_write

    def append(
        self, who: Caller, region: str, group: str, stream: str, lines: Sequence[str], *, time: float
    ) -> None:
        """Add lines to a stream; group and stream come into being when first written.

        What the role may not write is lost, and its job goes on without a log, as on AWS.

        Args: who: a service in the role's name; time: seconds since the epoch, of all these lines.
        """
        backend = logs_backends[ACCOUNT][region]
        try:
            self._open(who, backend, group, stream)
            self._ask(who, "PutLogEvents", backend, group, stream)
        except AwsError as refusal:
            _log.debug("%d lines for %s of %s are not written: %s", len(lines), stream, group, refusal)
            return
        log_group = backend.groups[group]
        timestamp = int(time * 1000)
        # AWS refuses empty messages, so its agents send a blank for an empty line.
        log_group.put_log_events(stream, [{"timestamp": timestamp, "message": line or " "} for line in lines])
        events = log_group.streams[stream].events
        if len(events) > 2 * KEPT_EVENTS:
            del events[:-KEPT_EVENTS]
        self._on_write()

    def tagged(self, region: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Return the log groups of a region with their tags."""
        backend = logs_backends[ACCOUNT][region]
        for group in list(backend.groups.values()):
            yield group.arn, backend.tagger.get_tag_dict_for_resource(group.arn)

    def _open(self, who: Caller, backend: Any, group: str, stream: str) -> None:
        """Create what is not there yet.

        Raises: AwsError: `AccessDeniedException`.
        """
        if group not in backend.groups:
            self._ask(who, "CreateLogGroup", backend, group)
            backend.ensure_log_group(group)
        log_group = backend.groups[group]
        if stream not in log_group.streams:
            if who.service == SAGEMAKER:
                # Its agent looks for the stream first; Lambda's does not.
                self._ask(who, "DescribeLogStreams", backend, group)
            self._ask(who, "CreateLogStream", backend, group, stream)
            log_group.create_log_stream(stream)

    def _ask(self, who: Caller, operation: str, backend: Any, group: str, stream: str = "") -> None:
        params = {"logGroupName": group, **({"logStreamName": stream} if stream else {})}
        self._authorizer.authorize(who, Request("logs", operation, params, backend.region_name))


def is_region(name: str) -> bool:
    """Say whether AWS has this region; global services sign with one of them too."""
    return name in logs_backends[ACCOUNT].regions


def _s3() -> Any:
    return s3_backends[ACCOUNT]["aws"]


def iam() -> Any:
    """moto's IAM, for `moto_identity`."""
    return iam_backends[ACCOUNT]["aws"]


def sts() -> Any:
    """moto's STS, for `moto_identity`."""
    return sts_backends[ACCOUNT]["aws"]


def _current(key: Any) -> bool:
    """Whether a stored key is an object, not the delete marker of a versioned bucket."""
    return hasattr(key, "value")
