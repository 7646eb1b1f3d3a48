"""IAM operations that moto lacks."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from mllab_localaws.access.evaluation import (
    BOUNDARY,
    Policies,
    Policy,
    Question,
    evaluate,
    missing_context,
)
from mllab_localaws.access.patterns import Context
from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.validation import refuse_others

_INPUTS = ("PolicyInputList", "PermissionsBoundaryPolicyInputList", "ResourcePolicy", "ContextEntries")


class PolicySimulation(Service):
    """SimulatePrincipalPolicy: what would an identity be allowed to do?"""

    name = "iam"

    def __init__(self, platform: Platform) -> None:
        self._roles = platform.roles

    @operation
    def simulate_principal_policy(self, call: Call) -> Reply:
        """Decide each action on each resource as a request would be decided, with the context that is given.

        Raises: AwsError: `NoSuchEntity`; `InvalidInput`, a policy that is no JSON object.
        """
        params = call.params
        refuse_others(
            params, ("PolicySourceArn", "ActionNames", "ResourceArns", *_INPUTS), "SimulatePrincipalPolicy"
        )
        source = params["PolicySourceArn"]
        identity = self._roles.identity_of(source)
        if identity is None:
            raise AwsError("NoSuchEntity", f"Entity {source} does not exist", status=404)
        policies = _with_inputs(identity.policies, params)
        context = {**identity.context, **_context(params.get("ContextEntries", []))}
        results = [
            _result(Question(identity.principal, action, resource, context), policies)
            for action in params["ActionNames"]
            for resource in params.get("ResourceArns") or ["*"]
        ]
        return {"EvaluationResults": results, "IsTruncated": False}


def _result(question: Question, policies: Policies) -> Mapping[str, Any]:
    decision = evaluate(question, policies)
    result: dict[str, Any] = {
        "EvalActionName": question.action,
        "EvalResourceName": question.resource,
        "EvalDecision": decision.outcome,
        "MatchedStatements": [
            {"SourcePolicyId": policy.source, "SourcePolicyType": policy.kind} for policy in decision.matched
        ],
        "MissingContextValues": missing_context(question, policies),
    }
    if policies.boundary is not None:
        limits = decision.because == BOUNDARY
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": not limits}
    return result


def _with_inputs(policies: Policies, params: Mapping[str, Any]) -> Policies:
    """Return an identity's policies together with those that the request brings."""
    added = _inputs("PolicyInputList", params.get("PolicyInputList", []))
    boundary = _inputs("BoundaryPolicyInputList", params.get("PermissionsBoundaryPolicyInputList", []))
    resource = _inputs("ResourcePolicy", [params["ResourcePolicy"]] if "ResourcePolicy" in params else [])
    return replace(
        policies,
        identity=[*policies.identity, *added],
        boundary=boundary or policies.boundary,
        resource=replace(resource[0], kind="resource") if resource else None,
    )


def _inputs(name: str, texts: Sequence[str]) -> list[Policy]:
    return [Policy(_document(text), f"{name}.{number}") for number, text in enumerate(texts, start=1)]


def _document(text: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AwsError("InvalidInput", f"A policy in the request is not JSON: {error}.") from error
    if not isinstance(document, Mapping) or "Statement" not in document:
        raise AwsError("InvalidInput", "A policy in the request is no JSON object with a Statement.")
    return document


def _context(entries: Sequence[Mapping[str, Any]]) -> Context:
    return {
        entry["ContextKeyName"].lower(): tuple(entry.get("ContextKeyValues", []))
        for entry in entries
        if "ContextKeyName" in entry
    }
