"""The default event bus as EventBridge's API shows it, and what clients put on it."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from mllab_localaws.events.bus import Event
from mllab_localaws.events.patterns import compile_pattern
from mllab_localaws.events.router import Router
from mllab_localaws.platform import ACCOUNT, Platform
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html
LARGEST_REQUEST = 256 * 1024
_PAGE = 100
_MANDATORY = ("id", "account", "source", "time", "region", "resources", "detail-type")


class Buses(Service):
    """PutEvents, TestEventPattern, DescribeEventBus, ListEventBuses."""

    name = "events"

    def __init__(self, platform: Platform, router: Router) -> None:
        self._platform = platform
        self._router = router

    @operation
    def put_events(self, call: Call) -> Reply:
        """Put events on the bus; each one that cannot be has an error in its place."""
        if "EndpointId" in call.params:
            raise validation_error("EndpointId of PutEvents is not part of the local AWS.")
        entries = call.params["Entries"]
        if sum(_size(entry) for entry in entries) > LARGEST_REQUEST:
            raise validation_error("Total size of the entries in the request is over the limit.")
        results = [self._put(call.region, entry) for entry in entries]
        failed = sum("ErrorCode" in result for result in results)
        return {"FailedEntryCount": failed, "Entries": results}

    @operation
    def test_event_pattern(self, call: Call) -> Reply:
        """Say whether an event would match a pattern."""
        matches = compile_pattern(call.params["EventPattern"])
        event = _json_object(call.params["Event"])
        if event is None:
            raise validation_error("Parameter Event is not valid. Reason: it is no JSON object.")
        missing = [name for name in _MANDATORY if name not in event]
        if missing:
            reason = f"{', '.join(missing)} is a required field"
            raise validation_error(f"Parameter Event is not valid. Reason: {reason}.")
        return {"Result": matches(event)}

    @operation
    def describe_event_bus(self, call: Call) -> Reply:
        """Return the default bus."""
        check_bus({"EventBusName": call.params.get("Name", "default")}, call.region)
        return _bus(call.region)

    @operation
    def list_event_buses(self, call: Call) -> Reply:
        """Return the default bus, if its name is asked for."""
        prefix = call.params.get("NamePrefix", "")
        return {"EventBuses": [_bus(call.region)] if "default".startswith(prefix) else []}

    def _put(self, region: str, entry: Mapping[str, Any]) -> Mapping[str, str]:
        try:
            check_bus(entry, region)
            event = self._event(region, entry)
        except AwsError as refusal:
            return {"ErrorCode": refusal.code, "ErrorMessage": refusal.message}
        event_id = str(uuid.uuid4())
        self._router.accept_with_id(event, event_id)
        return {"EventId": event_id}

    def _event(self, region: str, entry: Mapping[str, Any]) -> Event:
        for member in ("Source", "DetailType", "Detail"):
            if not entry.get(member):
                reason = f"{member} is a required argument"
                raise AwsError("InvalidArgument", f"Parameter {member} is not valid. Reason: {reason}.")
        if entry["Source"].startswith("aws."):
            raise AwsError("NotAuthorizedForSourceException", "Not authorized for the source.")
        detail = _json_object(entry["Detail"])
        if detail is None:
            raise AwsError("MalformedDetail", "Detail is malformed.")
        time = entry["Time"].timestamp() if "Time" in entry else self._platform.clock.now()
        resources = tuple(entry.get("Resources", ()))
        return Event(region, entry["Source"], entry["DetailType"], detail, time, resources)


def check_bus(params: Mapping[str, Any], region: str) -> None:
    """Refuse every event bus but the default one.

    Raises: AwsError: `ResourceNotFoundException`.
    """
    bus = params.get("EventBusName", "default")
    if bus not in ("default", _bus(region)["Arn"]):
        raise AwsError("ResourceNotFoundException", f"Event bus {bus} does not exist.")


def page(items: Sequence[Any], params: Mapping[str, Any]) -> tuple[list[Any], dict[str, str]]:
    """Return one page of a list, and the token of the next one if there is one.

    Raises: AwsError: a token that was never handed out.
    """
    start = _position(params["NextToken"]) if "NextToken" in params else 0
    end = start + params.get("Limit", _PAGE)
    token = base64.urlsafe_b64encode(f"page {end}".encode()).decode()
    return list(items[start:end]), {"NextToken": token} if end < len(items) else {}


def _json_object(text: str) -> dict[str, Any] | None:
    """Return a JSON object, None for any other text; NaN and Infinity are Python's JSON, nobody else's."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _position(token: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(token).decode().removeprefix("page "))
    except ValueError as error:
        raise validation_error("Token is invalid.") from error


def _bus(region: str) -> dict[str, str]:
    return {"Name": "default", "Arn": f"arn:aws:events:{region}:{ACCOUNT}:event-bus/default"}


def _size(entry: Mapping[str, Any]) -> int:
    texts = [entry.get(member, "") for member in ("Source", "DetailType", "Detail")]
    return (14 if "Time" in entry else 0) + sum(
        len(text.encode()) for text in [*texts, *entry.get("Resources", ())]
    )
