"""An alarm enters another state: the record, the history, the event and the actions, in this order."""

from __future__ import annotations

from dataclasses import dataclass

from mllab_localaws.cloudwatch.alarm import ACTION_LISTS, HELD_UNTIL, KIND, REVISION
from mllab_localaws.cloudwatch.history import History
from mllab_localaws.cloudwatch.notifications import delivery, event
from mllab_localaws.cloudwatch.reasons import timestamp
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record


@dataclass(frozen=True)
class State:
    """A state and why.

    Attributes:
        reason_data: JSON text, or None.
        held_until: until when no evaluation changes it, seconds since the epoch.
    """

    value: str
    reason: str
    reason_data: str | None = None
    held_until: float = 0.0


class _ChangedMeanwhile(Exception):
    """The alarm is no longer the one that was evaluated."""


class Transitions:
    """Moves alarms from state to state and says so."""

    def __init__(self, platform: Platform, history: History) -> None:
        self._platform = platform
        self._history = history

    def enter(self, region: str, name: str, state: State, evaluated: Record | None = None) -> bool:
        """Enter a state; False when there is no such alarm, or it has changed since it was evaluated."""
        now = self._platform.clock.now()
        before: list[Record] = []

        def change(record: Record) -> Record:
            if evaluated is not None and _version(record) != _version(evaluated):
                raise _ChangedMeanwhile
            before.append(record)
            return _entered(record, state, now)

        try:
            after = self._platform.store.modify(KIND, region, name, change)
        except _ChangedMeanwhile:
            return False
        if after is None:
            return False
        if before[0]["StateValue"] != state.value:
            self._announce(region, before[0], after, now)
        return True

    def _announce(self, region: str, old: Record, new: Record, now: float) -> None:
        data = {"oldState": _told(old), "newState": _told(new)}
        summary = f"Alarm updated from {old['StateValue']} to {new['StateValue']}"
        self._history.add(region, new["AlarmName"], "StateUpdate", summary=summary, data=data, time=now)
        self._platform.bus.publish(event(region, old, new))
        if new["ActionsEnabled"]:
            for action in new[ACTION_LISTS[new["StateValue"]]]:
                self._act(region, action, old, new, now)

    def _act(self, region: str, action: str, old: Record, new: Record, now: float) -> None:
        sent = delivery(region, action, old, new)

        def told(arrived: bool) -> None:
            data = {
                "actionState": "Succeeded" if arrived else "Failed",
                "stateUpdateTimestamp": timestamp(now),
                "notificationResource": action,
                "publishedMessage": sent.body,
            }
            summary = f"{'Successfully executed' if arrived else 'Failed to execute'} action {action}"
            moment = self._platform.clock.now()
            self._history.add(region, new["AlarmName"], "Action", summary=summary, data=data, time=moment)

        self._platform.deliveries.send(sent, told)


def _version(record: Record) -> tuple[str, str, float]:
    return record[REVISION], record["StateValue"], record[HELD_UNTIL]


def _entered(record: Record, state: State, now: float) -> Record:
    changed = {
        **record,
        "StateValue": state.value,
        "StateReason": state.reason,
        "StateUpdatedTimestamp": now,
        HELD_UNTIL: state.held_until,
    }
    if record["StateValue"] != state.value:
        changed["StateTransitionedTimestamp"] = now
    changed.pop("StateReasonData", None)
    return changed if state.reason_data is None else {**changed, "StateReasonData": state.reason_data}


def _told(record: Record) -> dict[str, str]:
    told = {"stateValue": record["StateValue"], "stateReason": record["StateReason"]}
    data = record.get("StateReasonData")
    return told if data is None else {**told, "stateReasonData": data}
