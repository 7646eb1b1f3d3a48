"""IAM's evaluation of policies within one account.

An explicit deny anywhere wins. Otherwise the resource's own policy may allow whom it names, and the
identity's policies may allow as far as a permissions boundary and a session policy let them.
Source: IAM User Guide, "Policy evaluation logic" and "Permissions boundaries for IAM entities".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mllab_localaws.access import conditions
from mllab_localaws.access.patterns import Context, arn_like, like, variables
from mllab_localaws.access.principals import Named, Principal

Statement = Mapping[str, Any]
PolicyDocument = Mapping[str, Any]
ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY = "allowed", "explicitDeny", "implicitDeny"
# The kinds of policies, as AWS's refusals call them.
IDENTITY, RESOURCE = "identity-based policy", "resource-based policy"
BOUNDARY, SESSION = "permissions boundary", "session policy"
_VERSION_WITH_VARIABLES = "2012-10-17"


@dataclass(frozen=True)
class Policy:
    """A policy and where it comes from.

    Attributes:
        source: its name or ARN; kind: as SimulatePrincipalPolicy's `SourcePolicyType`, e.g. `role`.
    """

    document: PolicyDocument
    source: str = ""
    kind: str = "none"


@dataclass(frozen=True)
class Policies:
    """All policies that a request meets.

    Attributes:
        boundary: None when the identity has none; session: None when the session was not narrowed.
        must_be_named: the resource's policy has to allow the principal too, as a role's trust policy does.
    """

    identity: Sequence[Policy] = ()
    boundary: Sequence[Policy] | None = None
    session: Sequence[Policy] | None = None
    resource: Policy | None = None
    must_be_named: bool = False


@dataclass(frozen=True)
class Question:
    """May this principal do this?

    Attributes:
        action: e.g. `s3:GetObject`; resource: an ARN, or `*`.
        context: what is known of the request, by condition key in lower case.
    """

    principal: Principal
    action: str
    resource: str
    context: Context = field(default_factory=dict)


@dataclass(frozen=True)
class Decision:
    """The answer.

    Attributes:
        outcome: `allowed`, `explicitDeny` or `implicitDeny`.
        because: the kind of policy that denies, or that does not allow.
        matched: the policies whose statements decided.
    """

    outcome: str
    because: str = ""
    matched: tuple[Policy, ...] = ()

    @property
    def allowed(self) -> bool:
        """Whether it may be done."""
        return self.outcome == ALLOWED


def evaluate(question: Question, policies: Policies) -> Decision:
    """Decide a question by the policies that it meets."""
    groups = _groups(policies)
    for because, group in groups.items():
        denying = _matching("Deny", question, group, as_resource=because == RESOURCE)
        if denying:
            return Decision(EXPLICIT_DENY, because, denying)
    named = _named_by_allow(question, policies.resource)
    if policies.must_be_named and named is Named.NOT:
        return Decision(IMPLICIT_DENY, RESOURCE)
    direct = _allowed_by_resource_alone(question.principal, named)
    if direct:
        return Decision(ALLOWED, RESOURCE, _only(policies.resource))
    allowing = _matching("Allow", question, policies.identity)
    if not allowing and named is not Named.IDENTITY:
        return Decision(IMPLICIT_DENY, IDENTITY)
    for because in (BOUNDARY, SESSION):
        if because in groups and not _matching("Allow", question, groups[because]):
            return Decision(IMPLICIT_DENY, because)
    return Decision(ALLOWED, IDENTITY, allowing or _only(policies.resource))


def service_is_allowed(document: PolicyDocument, question: Question) -> bool:
    """Decide by a resource's own policy alone, as for a service, which has no policies of its own."""
    policy = Policy(document)
    if _matching("Deny", question, [policy], as_resource=True):
        return False
    return _named_by_allow(question, policy) is not Named.NOT


def missing_context(question: Question, policies: Policies) -> list[str]:
    """Return the condition keys that statements about this action ask for and the question does not have."""
    missing: dict[str, None] = {}
    for group in _groups(policies).values():
        for _, statement in _statements(group):
            if _names_action(statement, question.action):
                texts = [*as_list(statement.get("Resource", [])), *as_list(statement.get("NotResource", []))]
                keys = [key for text in texts for key in variables(str(text))]
                missing.update((key, None) for key in keys if key not in question.context)
                keys = conditions.missing_keys(statement.get("Condition", {}), question.context)
                missing.update((key, None) for key in keys)
    return list(missing)


def as_list(value: Any) -> list[Any]:
    """Return a policy element that may stand alone as a list."""
    return value if isinstance(value, list) else [value]


def _groups(policies: Policies) -> dict[str, Sequence[Policy]]:
    groups = {
        IDENTITY: policies.identity,
        RESOURCE: None if policies.resource is None else [policies.resource],
        BOUNDARY: policies.boundary,
        SESSION: policies.session,
    }
    return {because: group for because, group in groups.items() if group is not None}


def _allowed_by_resource_alone(principal: Principal, named: Named) -> bool:
    """Whom a resource names needs no other policy; but naming a role lets its sessions' limits stand."""
    return named is Named.SESSION or (named is Named.IDENTITY and not principal.is_session)


def _named_by_allow(question: Question, policy: Policy | None) -> Named:
    """Say how closely the statements that allow a question name its principal."""
    statements = _statements(_only(policy))
    return max(
        (
            question.principal.named_by(statement)
            for policy, statement in statements
            if statement.get("Effect") == "Allow"
            and _applies(policy, statement, question, needs_resource=False)
        ),
        default=Named.NOT,
    )


def _matching(
    effect: str, question: Question, policies: Sequence[Policy], *, as_resource: bool = False
) -> tuple[Policy, ...]:
    """Return the policies with a statement of this effect that applies, each once."""
    found = [
        policy
        for policy, statement in _statements(policies)
        if statement.get("Effect") == effect
        and (not as_resource or question.principal.named_by(statement) is not Named.NOT)
        and _applies(policy, statement, question, needs_resource=not as_resource)
    ]
    return tuple({id(policy): policy for policy in found}.values())


def _applies(policy: Policy, statement: Statement, question: Question, *, needs_resource: bool) -> bool:
    has_variables = policy.document.get("Version") == _VERSION_WITH_VARIABLES
    return (
        _names_action(statement, question.action)
        and _names_resource(statement, question, has_variables=has_variables, needed=needs_resource)
        and conditions.hold(statement.get("Condition", {}), question.context, has_variables=has_variables)
    )


def _names_action(statement: Statement, action: str) -> bool:
    if "NotAction" in statement:
        return not any(_action_like(action, each) for each in as_list(statement["NotAction"]))
    return any(_action_like(action, each) for each in as_list(statement.get("Action", [])))


def _action_like(action: str, pattern: Any) -> bool:
    return like(action.lower(), str(pattern).lower())


def _names_resource(statement: Statement, question: Question, *, has_variables: bool, needed: bool) -> bool:
    """A trust policy has no resource: it stands on its role."""
    known = question.context if has_variables else None
    if "NotResource" in statement:
        patterns = as_list(statement["NotResource"])
        return not any(arn_like(question.resource, str(each), known) for each in patterns)
    if "Resource" not in statement:
        return not needed
    return any(arn_like(question.resource, str(each), known) for each in as_list(statement["Resource"]))


def _statements(policies: Sequence[Policy]) -> Iterator[tuple[Policy, Statement]]:
    for policy in policies:
        for statement in as_list(policy.document.get("Statement", [])):
            if isinstance(statement, Mapping):
                yield policy, statement


def _only(policy: Policy | None) -> tuple[Policy, ...]:
    return () if policy is None else (policy,)
