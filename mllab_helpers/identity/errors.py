"""What a learner can meet who prepares nothing: in a school's account, or after a teacher prepared."""

from __future__ import annotations

from typing import ClassVar

from mllab_helpers.errors import LabError


class WrongRoleArn(LabError):
    """What was given as a role has not the form of a role's ARN."""

    key: ClassVar[str] = "wrong_role_arn"


class RoleElsewhere(LabError):
    """The role that was given is another account's."""

    key: ClassVar[str] = "role_elsewhere"


class NoSuchRole(LabError):
    """The role that was given does not exist."""

    key: ClassVar[str] = "no_such_role"


class NotReady(LabError):
    """The account or the machine lacks what a notebook takes, and nothing was created."""

    key: ClassVar[str] = "not_ready"


class NotPrepared(LabError):
    """A bucket or a role is missing, and the caller may not create it."""

    key: ClassVar[str] = "not_prepared"


class RolesOfAnotherRegion(LabError):
    """The student has a lab in another region, and its roles are for that one."""

    key: ClassVar[str] = "roles_of_another_region"


class GivenBucketMissing(LabError):
    """The bucket that was given does not exist."""

    key: ClassVar[str] = "given_bucket_missing"


class GivenBucketRefused(LabError):
    """The caller may not look into the bucket that was given, or it is another account's."""

    key: ClassVar[str] = "given_bucket_refused"


class GivenBucketElsewhere(LabError):
    """The bucket that was given is in another region, where SageMaker does not look for data."""

    key: ClassVar[str] = "given_bucket_elsewhere"


class BucketInUse(LabError):
    """Another learner's lab lives in the bucket that was given."""

    key: ClassVar[str] = "bucket_in_use"


class BucketOccupied(LabError):
    """The bucket that was given holds something where the lab would write."""

    key: ClassVar[str] = "bucket_occupied"
