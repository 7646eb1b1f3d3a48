"""EventBridge's rules on the default bus, and their targets.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from mllab_localaws.caller import EVENTS
from mllab_localaws.events import inputs
from mllab_localaws.events.buses import check_bus, page
from mllab_localaws.events.deliveries import service_of
from mllab_localaws.events.patterns import compile_pattern
from mllab_localaws.events.router import RULE
from mllab_localaws.platform import ACCOUNT, Platform
from mllab_localaws.store import AlreadyExistsError, Record, Store
from mllab_localaws.tagging import Tagged
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

Tags = dict[str, str]

MOST_TARGETS = 5
_RULE_MEMBERS = ("Name", "Arn", "EventPattern", "State", "Description", "RoleArn", "EventBusName")
_SHAPING = ("Input", "InputPath", "InputTransformer")
# Of each kind of target, the members that only it understands.
_TARGETS: Mapping[str, tuple[str, ...]] = {
    "lambda": (),
    "sqs": ("SqsParameters",),
    "sns": (),
    "sagemaker": ("SageMakerPipelineParameters",),
}


def tagged(store: Store, region: str) -> Iterator[Tagged]:
    """Return every rule that has tags."""
    return ((record["Arn"], record["Tags"]) for record in store.list(RULE, region) if record["Tags"])


class Rules(Service):
    """PutRule, PutTargets and all that lists, describes, switches and removes them."""

    name = "events"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._store = platform.store

    @operation
    def put_rule(self, call: Call) -> Reply:
        """Create a rule, or give an existing one a new pattern, state and description; its targets stay."""
        params = call.params
        check_bus(params, call.region)
        if "ScheduleExpression" in params:
            raise validation_error(
                "ScheduleExpression of PutRule is not part of the local AWS: it has no schedules. "
                "Use an EventPattern, or start the work yourself."
            )
        if "EventPattern" not in params:
            raise validation_error("Parameter(s) EventPattern or ScheduleExpression must be specified.")
        compile_pattern(params["EventPattern"])
        name = params["Name"]
        record = {
            "Name": name,
            "Arn": _arn(call.region, name),
            "EventPattern": params["EventPattern"],
            "State": params.get("State", "ENABLED"),
            "EventBusName": "default",
            **{member: params[member] for member in ("Description", "RoleArn") if member in params},
        }
        tags = {tag["Key"]: tag["Value"] for tag in params.get("Tags", [])}
        try:
            self._store.insert(RULE, call.region, name, {**record, "Targets": {}, "Tags": tags})
        except AlreadyExistsError:
            # Tags of a rule that exists are changed by TagResource alone.
            self._change(call, name, lambda old: {**record, "Targets": old["Targets"], "Tags": old["Tags"]})
        return {"RuleArn": record["Arn"]}

    @operation
    def describe_rule(self, call: Call) -> Reply:
        """Return a rule."""
        return {**_shown(self._rule(call, call.params["Name"])), "CreatedBy": ACCOUNT}

    @operation
    def list_rules(self, call: Call) -> Reply:
        """Return rules, by name."""
        check_bus(call.params, call.region)
        prefix = call.params.get("NamePrefix", "")
        rules = [
            _shown(rule) for rule in self._store.list(RULE, call.region) if rule["Name"].startswith(prefix)
        ]
        shown, token = page(rules, call.params)
        return {"Rules": shown, **token}

    @operation
    def enable_rule(self, call: Call) -> Reply:
        """Let a rule match events again."""
        return self._switch(call, "ENABLED")

    @operation
    def disable_rule(self, call: Call) -> Reply:
        """Let a rule match no events."""
        return self._switch(call, "DISABLED")

    @operation
    def delete_rule(self, call: Call) -> Reply:
        """Delete a rule without targets; one that does not exist is deleted already."""
        check_bus(call.params, call.region)
        rule = self._store.get(RULE, call.region, call.params["Name"])
        if rule is not None and rule["Targets"]:
            raise validation_error("Rule can't be deleted since it has targets.")
        self._store.delete(RULE, call.region, call.params["Name"])
        return {}

    @operation
    def put_targets(self, call: Call) -> Reply:
        """Add targets to a rule; one with the id of another takes its place."""
        new = {target["Id"]: target for target in call.params["Targets"]}
        for target in call.params["Targets"]:
            self._check_target(target)

        def changed(rule: Record) -> Record:
            targets = {**rule["Targets"], **new}
            if len(targets) > MOST_TARGETS:
                raise AwsError(
                    "LimitExceededException", "The requested resource exceeds the maximum number allowed."
                )
            return {**rule, "Targets": targets}

        self._change(call, call.params["Rule"], changed)
        return {"FailedEntryCount": 0, "FailedEntries": []}

    @operation
    def remove_targets(self, call: Call) -> Reply:
        """Remove targets by id."""
        gone = call.params["Ids"]
        rule = self._rule(call, call.params["Rule"])
        failed = [
            {
                "TargetId": each,
                "ErrorCode": "ResourceNotFoundException",
                "ErrorMessage": f"Rule {rule['Name']} does not have target {each}.",
            }
            for each in gone
            if each not in rule["Targets"]
        ]
        self._change(call, rule["Name"], lambda old: {**old, "Targets": _without(old["Targets"], gone)})
        return {"FailedEntryCount": len(failed), "FailedEntries": failed}

    @operation
    def list_targets_by_rule(self, call: Call) -> Reply:
        """Return a rule's targets."""
        targets = list(self._rule(call, call.params["Rule"])["Targets"].values())
        shown, token = page(targets, call.params)
        return {"Targets": shown, **token}

    @operation
    def list_rule_names_by_target(self, call: Call) -> Reply:
        """Return the names of the rules that have a target."""
        check_bus(call.params, call.region)
        arn = call.params["TargetArn"]
        names = [
            rule["Name"]
            for rule in self._store.list(RULE, call.region)
            if any(target["Arn"] == arn for target in rule["Targets"].values())
        ]
        shown, token = page(names, call.params)
        return {"RuleNames": shown, **token}

    @operation
    def tag_resource(self, call: Call) -> Reply:
        """Add tags to a rule."""
        new = {tag["Key"]: tag["Value"] for tag in call.params["Tags"]}
        self._change_tags(call, lambda tags: {**tags, **new})
        return {}

    @operation
    def untag_resource(self, call: Call) -> Reply:
        """Remove tags of a rule by key."""
        self._change_tags(call, lambda tags: _without(tags, call.params["TagKeys"]))
        return {}

    @operation
    def list_tags_for_resource(self, call: Call) -> Reply:
        """Return a rule's tags."""
        tags = self._change_tags(call, dict)
        return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}

    def _switch(self, call: Call, state: str) -> Reply:
        self._change(call, call.params["Name"], lambda rule: {**rule, "State": state})
        return {}

    def _rule(self, call: Call, name: str) -> Record:
        check_bus(call.params, call.region)
        return _existing(self._store.get(RULE, call.region, name), name)

    def _change(self, call: Call, name: str, change: Callable[[Record], Record]) -> Record:
        check_bus(call.params, call.region)
        return _existing(self._store.modify(RULE, call.region, name, change), name)

    def _change_tags(self, call: Call, change: Callable[[Tags], Tags]) -> dict[str, str]:
        arn = call.params["ResourceARN"]
        name = arn.rpartition("/")[2]
        if arn != _arn(call.region, name):
            raise AwsError("ResourceNotFoundException", f"Resource {arn} does not exist.")
        tags: dict[str, str] = self._change(call, name, lambda rule: {**rule, "Tags": change(rule["Tags"])})[
            "Tags"
        ]
        return tags

    def _check_target(self, target: Mapping[str, Any]) -> None:
        arn, where = target["Arn"], f"target {target['Id']}"
        service = service_of(arn)
        if not arn.startswith("arn:aws:") or arn.count(":") < 5:
            raise validation_error(f"Provided Arn is not in correct format: {arn}.")
        if service not in _TARGETS:
            raise validation_error(
                f"{service} is no target of the local AWS's rules; these are: {', '.join(_TARGETS)}."
            )
        refuse_others(target, ("Id", "Arn", "RoleArn", *_SHAPING, *_TARGETS[service]), where)
        inputs.check(target)
        if service == "sagemaker":
            self._check_pipeline(target)

    def _check_pipeline(self, target: Mapping[str, Any]) -> None:
        role = target.get("RoleArn")
        if role is None:
            raise validation_error(f"RoleArn is required for target {target['Arn']}.")
        if not self._platform.roles.trusts(role, EVENTS):
            raise validation_error(
                f"Provided role '{role}' cannot be assumed by principal 'events.amazonaws.com'."
            )
        parameters = target.get("SageMakerPipelineParameters", {}).get("PipelineParameterList", [])
        for path in (each["Value"] for each in parameters if each["Value"].startswith("$.")):
            inputs.check({"Id": target["Id"], "InputPath": path})


def _arn(region: str, name: str) -> str:
    return f"arn:aws:events:{region}:{ACCOUNT}:rule/{name}"


def _shown(rule: Record) -> Record:
    return {member: rule[member] for member in _RULE_MEMBERS if member in rule}


def _existing(rule: Record | None, name: str) -> Record:
    if rule is None:
        raise AwsError("ResourceNotFoundException", f"Rule {name} does not exist on EventBus default.")
    return rule


def _without(members: Mapping[str, Any], gone: Sequence[str]) -> dict[str, Any]:
    return {key: value for key, value in members.items() if key not in gone}
