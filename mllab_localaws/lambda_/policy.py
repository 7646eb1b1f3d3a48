"""A function's resource policy: which services may invoke it, and for whom.

Sources: AddPermission in Lambda's API reference; IAM's guide, "Condition operators".
"""

from __future__ import annotations

import json
from typing import Any

from mllab_localaws.access.evaluation import PolicyDocument
from mllab_localaws.access.service_principals import service_is_allowed
from mllab_localaws.lambda_.names import KIND, conflict, find, function_name, missing, not_found
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record, Store
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.validation import refuse_others

INVOKE = "lambda:InvokeFunction"
_KNOWN = ("FunctionName", "StatementId", "Action", "Principal", "SourceArn", "SourceAccount")


class FunctionPolicies(Service):
    """AddPermission, RemovePermission, GetPolicy."""

    name = "lambda"

    def __init__(self, platform: Platform) -> None:
        self._store = platform.store

    @operation
    def add_permission(self, call: Call) -> Reply:
        """Add a statement to a function's policy, and return it.

        Raises: AwsError: `ResourceConflictException`, its id is in use.
        """
        refuse_others(call.params, (*_KNOWN, "Qualifier"), "AddPermission")
        function = find(self._store, call.region, call.params["FunctionName"], call.params.get("Qualifier"))
        statement = _statement(call, function["Arn"])

        def added(record: Record) -> Record:
            if any(each["Sid"] == statement["Sid"] for each in record["Policy"]):
                raise conflict(
                    f"The statement id ({statement['Sid']}) provided already exists. Please provide a new "
                    "statement id, or remove the existing statement."
                )
            return {**record, "Policy": [*record["Policy"], statement]}

        if self._store.modify(KIND, call.region, function["Name"], added) is None:
            raise not_found(function["Arn"])
        return {"Statement": _text(statement)}

    @operation
    def remove_permission(self, call: Call) -> Reply:
        """Remove a statement from a function's policy.

        Raises: AwsError: `ResourceNotFoundException`, there is none of this id.
        """
        name = function_name(call.params["FunctionName"], call.region, call.params.get("Qualifier"))
        sid = call.params["StatementId"]

        def removed(record: Record) -> Record:
            left = [each for each in record["Policy"] if each["Sid"] != sid]
            if len(left) == len(record["Policy"]):
                raise missing(f"Statement {sid} is not found in resource policy.")
            return {**record, "Policy": left}

        if self._store.modify(KIND, call.region, name, removed) is None:
            raise missing("No policy is associated with the given resource.")
        return {}

    @operation
    def get_policy(self, call: Call) -> Reply:
        """Return a function's policy.

        Raises: AwsError: `ResourceNotFoundException`, it has none.
        """
        record = find(self._store, call.region, call.params["FunctionName"], call.params.get("Qualifier"))
        if not record["Policy"]:
            raise missing("The resource you requested does not exist.")
        return {"Policy": _text(_document(record)), "RevisionId": record["RevisionId"]}


def policy(store: Store, arn: str) -> PolicyDocument | None:
    """Return a function's policy, by its ARN with or without a qualifier; None when it has none."""
    parts = arn.split(":")
    record = store.get(KIND, parts[3], parts[6]) if len(parts) > 6 else None
    return _document(record) if record and record["Policy"] else None


def check_permission(function: Record, principal: str, source_arn: str) -> None:
    """Let a service invoke a function, or not.

    Args: principal: e.g. `apigateway.amazonaws.com`; source_arn: what it acts for.
    Raises: AwsError: `AccessDeniedException`.
    """
    if not service_is_allowed(_document(function), principal, INVOKE, source_arn, function["Arn"]):
        raise AwsError(
            "AccessDeniedException",
            f"User: {principal} is not authorized to perform: {INVOKE} on resource: {function['Arn']} "
            f"because no resource-based policy allows the {INVOKE} action for {source_arn or 'it'}",
            status=403,
        )


def _document(function: Record) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Id": "default", "Statement": function["Policy"]}


def _statement(call: Call, function_arn: str) -> dict[str, Any]:
    principal, conditions = call.params["Principal"], {}
    if source_account := call.params.get("SourceAccount"):
        conditions["StringEquals"] = {"AWS:SourceAccount": source_account}
    if source_arn := call.params.get("SourceArn"):
        conditions["ArnLike"] = {"AWS:SourceArn": source_arn}
    return {
        "Sid": call.params["StatementId"],
        "Effect": "Allow",
        "Principal": _principal(principal),
        "Action": call.params["Action"],
        "Resource": function_arn,
        **({"Condition": conditions} if conditions else {}),
    }


def _principal(principal: str) -> str | dict[str, str]:
    if principal == "*":
        return principal
    if principal.endswith(".amazonaws.com"):
        return {"Service": principal}
    arn = f"arn:aws:iam::{principal}:root" if principal.isdigit() else principal
    return {"AWS": arn}


def _text(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
