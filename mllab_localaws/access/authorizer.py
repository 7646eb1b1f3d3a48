"""One decision in front of all services: may this caller do what this request needs?"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timezone
from typing import NamedTuple

from mllab_localaws.access import refusals
from mllab_localaws.access.evaluation import Decision, Policy, Question, evaluate
from mllab_localaws.access.identity import Identity
from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs import needed
from mllab_localaws.access.patterns import Context
from mllab_localaws.access.record import AccessRecord, Entry
from mllab_localaws.caller import Caller
from mllab_localaws.clock import Clock

EVERYTHING = Access("*", "*")
_MOST_DECISIONS = 50_000
_CLOCK_KEYS = ("aws:currenttime", "aws:epochtime")
_USER_NAME = "${aws:username}"


class ResourcePolicy(NamedTuple):
    """A resource's own policy.

    Attributes: must_allow: nobody gets by without it, as with a role's trust policy.
    """

    policy: Policy | None
    must_allow: bool = False


class Authorizer:
    """Decides by identities' and resources' policies, and remembers what it has decided until one changes.

    Args:
        identity: returns whose policies count for a caller, with all of them; None when nobody's do.
        resource_policy: returns the policy of the resource of an access.
        resource_tags: returns the tags of a resource, by its ARN.
    """

    def __init__(
        self,
        identity: Callable[[Caller], Identity | None],
        resource_policy: Callable[[Access], ResourcePolicy],
        resource_tags: Callable[[str], Mapping[str, str]],
        record: AccessRecord,
        clock: Clock,
    ) -> None:
        self._identity = identity
        self._resource_policy = resource_policy
        self._resource_tags = resource_tags
        self._record = record
        self._clock = clock
        self._decisions: dict[tuple[object, ...], Decision] = {}
        self._identities: dict[Caller, tuple[Identity, bool]] = {}
        self._generation = 0
        self._lock = threading.Lock()

    def authorize(self, caller: Caller, request: Request) -> None:
        """Let a request through, or not.

        An operation whose needs nobody has written down is for those alone who may do everything.
        Raises: AwsError: AWS's refusal, naming the caller, the action and the resource.
        """
        try:
            accesses = needed(request)
        except LookupError:
            named = Access(f"{request.service}:{request.operation}", "*")
            decision = self._decide(caller, EVERYTHING, request.region, named)
            if not decision.allowed:
                raise refusals.denied(caller.arn, request.service, named, decision) from None
            return
        for access in accesses:
            self.require(caller, request.service, access, request.region)

    def require(self, caller: Caller, service: str, access: Access, region: str) -> None:
        """Let a caller do one thing, or not.

        Raises: AwsError: as above, in the words of a service.
        """
        decision = self._decide(caller, access, region)
        if not decision.allowed:
            raise refusals.denied(caller.arn, service, access, decision)

    def forget(self) -> None:
        """Decide everything anew, because a policy has changed."""
        with self._lock:
            self._generation += 1
            self._decisions.clear()
            self._identities.clear()

    def _decide(self, caller: Caller, access: Access, region: str, named: Access | None = None) -> Decision:
        """Return a decision, which stands in the record as one about `named`, or about the access itself."""
        access = self._with_tags(access)
        key = (caller, region, access.action, access.resource, *access.context.items())
        decision = self._decisions.get(key)
        if decision is not None:
            return decision
        generation = self._generation
        identity, asks_for_the_time = self._who(caller, generation)
        if _USER_NAME in access.resource:
            access = replace(access, resource=access.resource.replace(_USER_NAME, identity.user_name))
        found = self._resource_policy(access)
        policies = replace(identity.policies, resource=found.policy, must_be_named=found.must_allow)
        context = {**self._context(access, region), **identity.context}
        question = Question(identity.principal, access.action, access.resource, context)
        decision = evaluate(question, policies)
        asked = named or access
        self._record.add(Entry(identity.principal.identity, asked.action, asked.resource, decision.outcome))
        asks_for_the_time = asks_for_the_time or (found.policy is not None and _names_the_time(found.policy))
        with self._lock:
            if not asks_for_the_time and generation == self._generation:
                if len(self._decisions) >= _MOST_DECISIONS:
                    self._decisions.clear()
                self._decisions[key] = decision
        return decision

    def _with_tags(self, access: Access) -> Access:
        """Return an access that knows the tags of its resource, which may change between two requests."""
        tags = self._resource_tags(access.resource)
        # SageMaker has a key of its own beside AWS's (Service Authorization Reference, condition keys).
        services = ("aws", "sagemaker") if access.resource.startswith("arn:aws:sagemaker:") else ("aws",)
        keys = {f"{each}:ResourceTag/{key}": (value,) for each in services for key, value in tags.items()}
        return replace(access, context={**access.context, **keys}) if keys else access

    def _who(self, caller: Caller, generation: int) -> tuple[Identity, bool]:
        """Return who asks, and whether his policies ask for the time."""
        known = self._identities.get(caller)
        if known is not None:
            return known
        identity = self._identity(caller)
        if identity is None:
            raise refusals.unassumable(caller) if caller.role_arn else refusals.unknown_key("query")
        known = identity, _asks_for_the_time(identity)
        with self._lock:
            if generation == self._generation:
                self._identities[caller] = known
        return known

    def _context(self, access: Access, region: str) -> Context:
        """Return what is known of a request, by condition key in lower case; loopback counts as TLS."""
        now = datetime.fromtimestamp(self._clock.now(), timezone.utc)
        return {
            **{name.lower(): values for name, values in access.context.items()},
            "aws:securetransport": ("true",),
            "aws:sourceip": ("127.0.0.1",),
            "aws:requestedregion": (region,),
            "aws:currenttime": (now.strftime("%Y-%m-%dT%H:%M:%SZ"),),
            "aws:epochtime": (str(int(now.timestamp())),),
        }


def _asks_for_the_time(identity: Identity) -> bool:
    policies = identity.policies
    groups = (policies.identity, policies.boundary or (), policies.session or ())
    return any(_names_the_time(policy) for group in groups for policy in group)


def _names_the_time(policy: Policy) -> bool:
    text = json.dumps(policy.document).lower()
    return any(key in text for key in _CLOCK_KEYS)
