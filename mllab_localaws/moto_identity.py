"""moto as the store behind IAM and STS: identities, their policies and credentials, never a decision."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

from mllab_localaws.access.evaluation import Policies, Policy, PolicyDocument
from mllab_localaws.access.identity import Identity
from mllab_localaws.access.principals import Principal
from mllab_localaws.access.service_principals import service_is_allowed
from mllab_localaws.caller import Caller
from mllab_localaws.moto_backend import iam, sts
from mllab_localaws.platform import ACCOUNT

# After moto_backend, which sets what moto reads when it is imported.
# isort: split
from moto.iam.exceptions import LimitExceededException
from moto.iam.models import AccessKey, IAMBackend, iam_backends

# Characters, white space not counted (IAM User Guide, "IAM and AWS STS quotas").
INLINE_CHARACTERS = {"role": 10_240, "group": 5_120, "user": 2_048}  # all inline policies together
MANAGED_CHARACTERS = 6_144
TRUST_CHARACTERS = 2_048
ATTACHED_POLICIES = 10
_DEFAULT_LONGEST = 3600
_SERVICE_SECONDS = 12 * 3600


class _MeasuringIam(IAMBackend):  # type: ignore[misc]  # moto has no types
    """moto's IAM, which takes policies of AWS's sizes and no larger; moto alone takes any."""

    __module__ = IAMBackend.__module__  # by which moto finds a backend's addresses

    def create_role(self, role_name: str, assume_role_policy_document: str, *args: Any, **kwargs: Any) -> Any:
        _check_trust(assume_role_policy_document)
        return super().create_role(role_name, assume_role_policy_document, *args, **kwargs)

    def update_assume_role_policy(self, role_name: str, policy_document: str) -> None:
        _check_trust(policy_document)
        super().update_assume_role_policy(role_name, policy_document)

    def put_role_policy(self, role_name: str, policy_name: str, policy_json: str) -> None:
        _check_inline("role", self.get_role(role_name), policy_name, policy_json)
        super().put_role_policy(role_name, policy_name, policy_json)

    def put_group_policy(self, group_name: str, policy_name: str, policy_json: str) -> None:
        _check_inline("group", self.get_group(group_name), policy_name, policy_json)
        super().put_group_policy(group_name, policy_name, policy_json)

    def put_user_policy(self, user_name: str, policy_name: str, policy_json: str) -> None:
        _check_inline("user", self.get_user(user_name), policy_name, policy_json)
        super().put_user_policy(user_name, policy_name, policy_json)

    def create_policy(
        self, description: str, path: str, policy_document: str, *args: Any, **kwargs: Any
    ) -> Any:
        _check_managed(policy_document)
        return super().create_policy(description, path, policy_document, *args, **kwargs)

    def create_policy_version(self, policy_arn: str, policy_document: str, *args: Any, **kwargs: Any) -> Any:
        _check_managed(policy_document)
        return super().create_policy_version(policy_arn, policy_document, *args, **kwargs)

    def attach_role_policy(self, policy_arn: str, role_name: str) -> None:
        _check_attached("Role", self.get_role(role_name), policy_arn)
        super().attach_role_policy(policy_arn, role_name)

    def attach_group_policy(self, policy_arn: str, group_name: str) -> None:
        _check_attached("Group", self.get_group(group_name), policy_arn)
        super().attach_group_policy(policy_arn, group_name)

    def attach_user_policy(self, policy_arn: str, user_name: str) -> None:
        _check_attached("User", self.get_user(user_name), policy_arn)
        super().attach_user_policy(policy_arn, user_name)


iam_backends.backend = _MeasuringIam


@dataclass(frozen=True)
class Credentials:
    """What a signature is verified with.

    Attributes:
        token: the session token that has to come along; empty for a user's key.
        expires: when the session ends, None for a user's key.
        active: False for a key that was switched off.
    """

    caller: Caller
    secret_key: str
    token: str = ""
    expires: datetime | None = None
    active: bool = True


class Roles:
    """IAM for services of ours: roles, and the identities behind access keys."""

    def trust_policy(self, role_arn: str) -> PolicyDocument | None:
        """Return who may assume a role; None when there is no such role."""
        role = _role(role_arn)
        return None if role is None else _document(role.assume_role_policy_document)

    def trusts(self, role_arn: str, service: str) -> bool:
        """Say whether a role is there and lets a service assume it, for something of this account.

        Args: service: e.g. `lambda.amazonaws.com`.
        """
        document = self.trust_policy(role_arn)
        if document is None:
            return False
        source = f"arn:aws:{service.partition('.')[0]}::{ACCOUNT}:"
        return service_is_allowed(document, service, "sts:AssumeRole", source, role_arn)

    def longest_session(self, role_arn: str) -> int:
        """Return how many seconds a role may be assumed for."""
        role = _role(role_arn)
        return int((role and role.max_session_duration) or _DEFAULT_LONGEST)

    def assume(
        self,
        role_arn: str,
        session_name: str,
        region: str,
        *,
        seconds: int,
        policy: str = "",
        policy_arns: Sequence[str] = (),
        tags: Mapping[str, str] | None = None,
    ) -> Any:
        """Begin a session of a role.

        Args: policy, policy_arns: what the session may do at most; both empty, what the role may.
        Returns: moto's record of it, with `access_key_id`, `secret_access_key`, `session_token`,
            `expiration`, `user_id` and `arn`.
        """
        session = sts().assume_role(region, session_name, role_arn, policy, seconds, "")
        session.issued = session.expiration - timedelta(seconds=seconds)
        session.policy_arns, session.tags = list(policy_arns), dict(tags or {})
        return session

    def session(self, role_arn: str, session_name: str, region: str) -> dict[str, str]:
        """Assume a role for a service and return its credentials as environment variables."""
        session = self.assume(role_arn, session_name[:64], region, seconds=_SERVICE_SECONDS)
        return {
            "AWS_ACCESS_KEY_ID": session.access_key_id,
            "AWS_SECRET_ACCESS_KEY": session.secret_access_key,
            "AWS_SESSION_TOKEN": session.session_token,
        }

    def create_administrator(self, access_key: str, secret_key: str) -> None:
        """Create the user that the local AWS's owner is, with a key that is known beforehand."""
        backend = iam()
        user = backend.create_user("us-east-1", "administrator")
        backend.attach_user_policy("arn:aws:iam::aws:policy/AdministratorAccess", user.name)
        key: AccessKey = user.create_access_key(prefix="AKIA")
        key.access_key_id, key.secret_access_key = access_key, secret_key
        backend.access_keys[access_key] = key

    def credentials(self, access_key: str) -> Credentials | None:
        """Return what belongs to an access key, or None when nobody owns it."""
        session = sts().get_assumed_role_from_access_key(access_key)
        if session is not None:
            expires = session.expiration.replace(tzinfo=timezone.utc)
            caller = Caller(session.arn, ACCOUNT, access_key)
            return Credentials(caller, session.secret_access_key, session.session_token, expires)
        user = iam().get_user_from_access_key_id(access_key)
        if user is None:
            return None
        key = user.get_access_key_by_id(access_key)
        caller = Caller(user.arn, ACCOUNT, access_key)
        return Credentials(caller, key.secret_access_key, active=key.status == "Active")

    def identity(self, caller: Caller) -> Identity | None:
        """Return whose policies count for a caller, with all of them.

        Returns: None when nobody owns the key, or the role is not there for the service to act in its name.
        """
        if caller.role_arn:
            return _service_identity(caller) if self.trusts(caller.role_arn, caller.service) else None
        session = sts().get_assumed_role_from_access_key(caller.access_key)
        if session is not None:
            return _session_identity(session)
        user = iam().get_user_from_access_key_id(caller.access_key)
        return None if user is None else _user_identity(user)

    def identity_of(self, arn: str) -> Identity | None:
        """Return a user or a role by its ARN, as if it asked by itself; None when nobody has this ARN."""
        role = _role(arn)
        if role is not None:
            return _role_identity(role)
        user = next((each for each in list(iam().users.values()) if each.arn == arn), None)
        return None if user is None else _user_identity(user)


def identity_arn(kind: str, name: str) -> str | None:
    """Return the ARN, path included, of what IAM has of this kind and name; None when there is none.

    Args: kind: as ARNs spell it: `role`, `user`, `group` or `instance-profile`.
    """
    backend = iam()
    stored = {
        "group": backend.groups,
        "instance-profile": backend.instance_profiles,
        "role": backend.roles,
        "user": backend.users,
    }.get(kind, {})
    return next((str(each.arn) for each in list(stored.values()) if each.name == name), None)


def _check_inline(kind: str, owner: Any, name: str, text: str) -> None:
    most = INLINE_CHARACTERS[kind]
    if sum(map(_length, ({**owner.policies, name: text}).values())) > most:
        raise LimitExceededException(f"Maximum policy size of {most} bytes exceeded for {kind} {owner.name}")


def _check_managed(text: str) -> None:
    if _length(text) > MANAGED_CHARACTERS:
        raise LimitExceededException(f"Cannot exceed quota for PolicySize: {MANAGED_CHARACTERS}")


def _check_trust(text: str) -> None:
    if _length(text) > TRUST_CHARACTERS:
        raise LimitExceededException(f"Cannot exceed quota for ACLSizePerRole: {TRUST_CHARACTERS}")


def _check_attached(kind: str, owner: Any, policy_arn: str) -> None:
    if len({*owner.managed_policies, policy_arn}) > ATTACHED_POLICIES:
        raise LimitExceededException(f"Cannot exceed quota for PoliciesPer{kind}: {ATTACHED_POLICIES}")


def _length(text: str) -> int:
    return len("".join(text.split()))


def _user_identity(user: Any) -> Identity:
    groups = iam().get_groups_for_user(user.name)
    policies = [*_policies(user, "user"), *(each for group in groups for each in _policies(group, "group"))]
    principal = Principal(user.arn, user.arn, ACCOUNT)
    return Identity(principal, Policies(policies), user.id, user.name, _tags(user.tags))


def _role_identity(role: Any) -> Identity:
    boundary = None if role.permissions_boundary_arn is None else _managed(role.permissions_boundary_arn)
    policies = Policies(_policies(role, "role"), boundary)
    return Identity(Principal(role.arn, role.arn, ACCOUNT), policies, role.id, tags=_tags(role.tags))


def _session_identity(session: Any) -> Identity:
    role = _role(session.role_arn)
    # The role may have been deleted since: nobody, with no policies.
    base = _role_identity(role) if role else Identity(Principal(), Policies())
    narrowed = [Policy(_document(session.policy), "session")] if session.policy else []
    narrowed += [each for arn in session.policy_arns for each in _managed(arn)]
    is_narrowed = bool(session.policy or session.policy_arns)
    policies = Policies(base.policies.identity, base.policies.boundary, narrowed if is_narrowed else None)
    tags = {**base.tags, **session.tags}
    principal = Principal(session.arn, session.role_arn, ACCOUNT)
    return Identity(principal, policies, session.user_id, tags=tags, issued=_iso(session.issued))


def _service_identity(caller: Caller) -> Identity | None:
    role = _role(caller.role_arn)
    if role is None:  # deleted since somebody asked whether it trusts the service
        return None
    own = _role_identity(role)
    user_id = f"{own.user_id}:{caller.arn.rpartition('/')[2]}"
    return replace(own, principal=Principal(caller.arn, caller.role_arn, ACCOUNT), user_id=user_id)


def _policies(owner: Any, kind: str) -> list[Policy]:
    """Return a user's, group's or role's policies, attached and inline."""
    attached = [each for policy in owner.managed_policies.values() for each in _versions(policy)]
    return [*attached, *(Policy(_document(text), name, kind) for name, text in owner.policies.items())]


def _managed(arn: str) -> list[Policy]:
    policy = iam().managed_policies.get(arn)
    return [] if policy is None else _versions(policy)


def _versions(policy: Any) -> list[Policy]:
    kind = "aws-managed" if policy.arn.startswith("arn:aws:iam::aws:") else "user-managed"
    return [
        Policy(_document(each.document), policy.name, kind) for each in policy.versions if each.is_default
    ]


def _document(text: str) -> PolicyDocument:
    document = json.loads(text)
    return document if isinstance(document, Mapping) else {}


def _tags(tags: Sequence[Mapping[str, str]] | Mapping[str, Mapping[str, str]] | None) -> dict[str, str]:
    each = tags.values() if isinstance(tags, Mapping) else tags or ()
    return {tag["Key"]: tag["Value"] for tag in each}


def _iso(moment: datetime) -> str:
    return moment.replace(tzinfo=timezone.utc, microsecond=0).isoformat().replace("+00:00", "Z")


def _role(arn: str) -> Any:
    return next((role for role in list(iam().roles.values()) if role.arn == arn), None)
