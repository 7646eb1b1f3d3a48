"""What moto must not decide about a bucket: its policy, its notifications, and whose name it is.

Policies are stored here, so that nobody but `access/` decides by them. moto would decide too, ignoring
conditions: a policy that demands TLS would lock everybody out of a loopback bucket.
"""

from __future__ import annotations

import json

from mllab_localaws import bucket_notifications, bucket_policies
from mllab_localaws.access.evaluation import PolicyDocument
from mllab_localaws.platform import Platform
from mllab_localaws.store import Store
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.http import HttpReply, HttpRequest

_KIND = "s3-bucket-policy"
_EVERYWHERE = "global"


def policy(store: Store, arn: str) -> PolicyDocument | None:
    """Return the policy of a bucket, by its ARN or that of something in it; None when it has none."""
    bucket = arn.partition(":::")[2].partition("/")[0]
    record = store.get(_KIND, _EVERYWHERE, bucket)
    return None if record is None else json.loads(record["Policy"])


class Buckets:
    """Answers or refuses what moto would get wrong; everything else about a bucket is moto's."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def answer(self, request: HttpRequest) -> HttpReply | None:
        """Return the reply about a bucket's policy or notifications, None for a request that is moto's.

        Raises: AwsError: `BucketAlreadyExists`, `NoSuchBucket`, `NoSuchBucketPolicy`, `MalformedPolicy`,
            and what `bucket_notifications.put` refuses.
        """
        bucket, _, key = request.path.removeprefix("/").partition("/")
        names = {name for name, _ in request.query}
        if not bucket or key or request.method not in ("GET", "PUT", "DELETE"):
            return None
        if request.method == "PUT" and not names:
            self._before_creation(bucket)
        subject = names & {"policy", "notification"}
        if not subject:
            return None
        if not self._platform.objects.exists(bucket):
            raise AwsError("NoSuchBucket", "The specified bucket does not exist", status=404)
        if "notification" in subject:
            return self._notification(bucket, request)
        return {"PUT": self._put, "GET": self._get, "DELETE": self._delete}[request.method](bucket, request)

    def _notification(self, bucket: str, request: HttpRequest) -> HttpReply:
        if request.method == "PUT":
            return bucket_notifications.put(self._platform, bucket, request)
        if request.method == "GET":
            return bucket_notifications.get(self._platform, bucket)
        raise AwsError("MethodNotAllowed", "The specified method is not allowed.", status=405)

    def _before_creation(self, bucket: str) -> None:
        if self._platform.objects.is_foreign(bucket):
            message = (
                "The requested bucket name is not available. The bucket namespace is shared by all users."
            )
            raise AwsError("BucketAlreadyExists", message, status=409)
        if not self._platform.objects.exists(bucket):
            # Those of a deleted bucket with this name; while it was being deleted, moto could still refuse.
            self._platform.store.delete(_KIND, _EVERYWHERE, bucket)
            bucket_notifications.forget(self._platform.store, bucket)

    def _put(self, bucket: str, request: HttpRequest) -> HttpReply:
        roles = self._platform.roles
        bucket_policies.check(request.body, bucket, lambda arn: roles.identity_of(arn) is not None)
        policy = request.body.decode()
        self._platform.store.delete(_KIND, _EVERYWHERE, bucket)
        self._platform.store.insert(_KIND, _EVERYWHERE, bucket, {"Policy": policy})
        return HttpReply(204, b"")

    def _get(self, bucket: str, request: HttpRequest) -> HttpReply:
        del request
        record = self._platform.store.get(_KIND, _EVERYWHERE, bucket)
        if record is None:
            raise AwsError("NoSuchBucketPolicy", "The bucket policy does not exist", status=404)
        return HttpReply(200, record["Policy"].encode(), {"Content-Type": "application/json"})

    def _delete(self, bucket: str, request: HttpRequest) -> HttpReply:
        del request
        self._platform.store.delete(_KIND, _EVERYWHERE, bucket)
        return HttpReply(204, b"")
