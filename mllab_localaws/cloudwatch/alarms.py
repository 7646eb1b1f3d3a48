"""Alarms on metrics: put, described, switched, set and deleted."""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

from mllab_localaws.cloudwatch import tagging
from mllab_localaws.cloudwatch.alarm import ACTION_LISTS, HELD_UNTIL, KIND, REVISION, arn, shown
from mllab_localaws.cloudwatch.alarm_request import check
from mllab_localaws.cloudwatch.errors import not_found
from mllab_localaws.cloudwatch.evaluation import INSUFFICIENT_DATA
from mllab_localaws.cloudwatch.evaluator import Evaluator
from mllab_localaws.cloudwatch.history import History
from mllab_localaws.cloudwatch.paging import page_after
from mllab_localaws.cloudwatch.reasons import INITIAL
from mllab_localaws.cloudwatch.transitions import State, Transitions
from mllab_localaws.cloudwatch.windows import next_evaluation
from mllab_localaws.platform import Platform
from mllab_localaws.store import AlreadyExistsError, Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

_ALARMS_PER_PAGE = 50
_STATE = (
    *("StateValue", "StateReason", "StateReasonData", "StateUpdatedTimestamp", "StateTransitionedTimestamp"),
    HELD_UNTIL,
)


class Alarms(Service):
    """PutMetricAlarm, DescribeAlarms, SetAlarmState, Enable- and DisableAlarmActions, DeleteAlarms."""

    name = "cloudwatch"

    def __init__(
        self, platform: Platform, history: History, transitions: Transitions, evaluator: Evaluator
    ) -> None:
        self._platform = platform
        self._history = history
        self._transitions = transitions
        self._evaluator = evaluator

    @operation
    def put_metric_alarm(self, call: Call) -> Reply:
        """Create an alarm, or replace everything of it but its state."""
        check(call.region, call.params, self._platform.deliveries)
        tags = tagging.check(call.params.get("Tags", ()))
        now, name = self._platform.clock.now(), call.params["AlarmName"]
        record = _configuration(call.region, call.params, now)
        is_new = self._store(call.region, record, tags)
        verb, key = ("created", "createdAlarm") if is_new else ("updated", "updatedAlarm")
        summary = f'Alarm "{name}" {verb}'
        data = {"type": verb.removesuffix("d").capitalize(), key: shown(record)}
        self._history.add(call.region, name, "ConfigurationUpdate", summary=summary, data=data, time=now)
        self._evaluator.watch(call.region)
        return {}

    @operation
    def describe_alarms(self, call: Call) -> Reply:
        """Return alarms by name, by prefix or all, in the order of their names."""
        params = call.params
        known = ("AlarmNames", "AlarmNamePrefix", "AlarmTypes", "StateValue", "ActionPrefix", "MaxRecords")
        refuse_others(params, (*known, "NextToken"), "DescribeAlarms")
        if "AlarmNames" in params and "AlarmNamePrefix" in params:
            raise validation_error("AlarmNames and AlarmNamePrefix exclude each other.")
        chosen = [
            (record["AlarmName"], shown(record))
            for record in self._platform.store.list(KIND, call.region)
            if _matches(record, params)
        ]
        alarms, token = page_after(
            chosen, params.get("NextToken"), params.get("MaxRecords", _ALARMS_PER_PAGE)
        )
        return {"MetricAlarms": alarms, "CompositeAlarms": [], **token}

    @operation
    def describe_alarms_for_metric(self, call: Call) -> Reply:
        """Return the alarms on a metric with exactly these dimensions."""
        params = call.params
        wanted = _dimensions(params.get("Dimensions", ()))
        names = ("Namespace", "MetricName", "Statistic", "ExtendedStatistic", "Period", "Unit")
        alarms = [
            shown(record)
            for record in self._platform.store.list(KIND, call.region)
            if _dimensions(record["Dimensions"]) == wanted
            and all(record.get(name) == params[name] for name in names if name in params)
        ]
        return {"MetricAlarms": alarms}

    @operation
    def set_alarm_state(self, call: Call) -> Reply:
        """Put an alarm into a state until its next evaluation, actions included."""
        params = call.params
        data = params.get("StateReasonData")
        if data is not None:
            _check_json(data)
        record = self._platform.store.get(KIND, call.region, params["AlarmName"])
        if record is None:
            raise not_found(f"Alarm {params['AlarmName']} does not exist.")
        held_until = next_evaluation(record["Period"], self._platform.clock.now())
        state = State(params["StateValue"], params["StateReason"], data, held_until)
        if not self._transitions.enter(call.region, params["AlarmName"], state):
            raise not_found(f"Alarm {params['AlarmName']} does not exist.")
        return {}

    @operation
    def enable_alarm_actions(self, call: Call) -> Reply:
        """Let alarms tell their actions; names without an alarm are passed over."""
        return self._switch(call, enabled=True)

    @operation
    def disable_alarm_actions(self, call: Call) -> Reply:
        """Let alarms change state in silence; names without an alarm are passed over."""
        return self._switch(call, enabled=False)

    @operation
    def delete_alarms(self, call: Call) -> Reply:
        """Delete alarms, all of them or, when one does not exist, none."""
        names = list(dict.fromkeys(call.params["AlarmNames"]))
        absent = [name for name in names if self._platform.store.get(KIND, call.region, name) is None]
        if absent:
            raise not_found(f"Alarm {', '.join(absent)} does not exist; nothing was deleted.")
        now = self._platform.clock.now()
        for name in names:
            if self._platform.store.delete(KIND, call.region, name):
                tagging.detach(self._platform.store, call.region, arn(call.region, name))
                summary, data = f'Alarm "{name}" deleted', {"type": "Delete"}
                self._history.add(
                    call.region, name, "ConfigurationUpdate", summary=summary, data=data, time=now
                )
        return {}

    def _store(self, region: str, record: Record, tags: tagging.TagMap) -> bool:
        """Store an alarm, new or in the place of the one of its name; whether it is new."""
        store, name = self._platform.store, record["AlarmName"]
        while True:
            # Between the two steps another client may delete it, or create it.
            if store.modify(KIND, region, name, lambda old: {**record, **_kept_state(old)}):
                return False
            with contextlib.suppress(AlreadyExistsError):
                initial = _initial_state(record["AlarmConfigurationUpdatedTimestamp"])
                store.insert(KIND, region, name, {**record, **initial})
                tagging.attach(store, region, record["AlarmArn"], tags)
                return True

    def _switch(self, call: Call, *, enabled: bool) -> Reply:
        for name in call.params["AlarmNames"]:
            self._platform.store.update(KIND, call.region, name, ActionsEnabled=enabled)
        return {}


def _configuration(region: str, params: Mapping[str, Any], now: float) -> Record:
    given = {name: value for name, value in params.items() if name != "Tags" and value is not None}
    actions: Record = {member: [] for member in ACTION_LISTS.values()}
    return {
        "ActionsEnabled": True,
        "Dimensions": [],
        **actions,
        **given,
        "Threshold": float(params["Threshold"]),
        "AlarmArn": arn(region, params["AlarmName"]),
        "AlarmConfigurationUpdatedTimestamp": now,
        REVISION: secrets.token_hex(8),
    }


def _initial_state(now: float) -> Record:
    return {
        "StateValue": INSUFFICIENT_DATA,
        "StateReason": INITIAL,
        "StateUpdatedTimestamp": now,
        "StateTransitionedTimestamp": now,
        HELD_UNTIL: 0.0,
    }


def _kept_state(old: Record) -> Record:
    # Its next evaluation is at once: the new configuration may say otherwise.
    return {**{member: old[member] for member in _STATE if member in old}, HELD_UNTIL: 0.0}


def _matches(record: Record, params: Mapping[str, Any]) -> bool:
    if "MetricAlarm" not in params.get("AlarmTypes", ("MetricAlarm",)):
        return False
    if "AlarmNames" in params and record["AlarmName"] not in params["AlarmNames"]:
        return False
    if params.get("StateValue", record["StateValue"]) != record["StateValue"]:
        return False
    if not record["AlarmName"].startswith(params.get("AlarmNamePrefix", "")):
        return False
    prefix = params.get("ActionPrefix")
    actions = [action for member in ACTION_LISTS.values() for action in record[member]]
    return prefix is None or any(action.startswith(prefix) for action in actions)


def _dimensions(dimensions: Any) -> set[tuple[str, str]]:
    return {(dimension["Name"], dimension["Value"]) for dimension in dimensions}


def _check_json(data: str) -> None:
    try:
        json.loads(data)
    except (ValueError, RecursionError) as error:
        raise AwsError("InvalidFormatFault", f"StateReasonData is not valid JSON: {error}") from error
