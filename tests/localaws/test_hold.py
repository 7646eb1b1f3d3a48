"""A held Describe is answered at the first news; time is the event loop's, never waited for in full."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from mllab_localaws import hold
from mllab_localaws.caller import Caller
from mllab_localaws.wire.call import Call

CALLER = Caller("arn:aws:iam::123456789012:user/u", "123456789012", "AKIA")
WAITER = "Boto3/1.44 md/Botocore#1.44 ua/2.1 os/linux m/D,B,Z cfg/retry-mode#legacy"
POLLER = "Boto3/1.44 md/Botocore#1.44 ua/2.1 os/linux m/D,Z cfg/retry-mode#legacy"
CALL = Call("DescribeEndpoint", {"EndpointName": "e"}, CALLER, "us-east-1")


class Endpoint:
    """Stands for a service: answers its status and counts how often it was asked."""

    def __init__(self, status: str) -> None:
        self.status = status
        self.asked = 0

    async def describe(self) -> dict[str, Any]:
        self.asked += 1
        return {"EndpointName": "e", "EndpointStatus": self.status}


def _run(scenario: Any) -> Any:
    async def main() -> Any:
        changes = hold.Changes()
        changes.attach(asyncio.get_running_loop())
        return await asyncio.wait_for(scenario(changes, hold.Holder(changes)), 5)

    return asyncio.run(main())


def test_a_waiter_is_answered_when_the_state_settles_not_at_its_next_poll() -> None:
    async def scenario(changes: hold.Changes, holder: hold.Holder) -> tuple[str, bool]:
        endpoint = Endpoint("Creating")
        answer = asyncio.create_task(holder.answer(CALL, WAITER, endpoint.describe))
        await asyncio.sleep(0.01)
        held = not answer.done()
        changes.notify()
        await asyncio.sleep(0.01)
        endpoint.status = "InService"
        changes.notify()
        return (await answer)["EndpointStatus"], held

    assert _run(scenario) == ("InService", True)


def test_a_waiter_is_let_go_before_its_read_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hold, "WAITER_SECONDS", 0.05)

    async def scenario(changes: hold.Changes, holder: hold.Holder) -> str:
        return str((await holder.answer(CALL, WAITER, Endpoint("Creating").describe))["EndpointStatus"])

    assert _run(scenario) == "Creating"


def test_a_poller_gets_its_first_answer_at_once_and_waits_only_for_the_same_state_again() -> None:
    async def scenario(changes: hold.Changes, holder: hold.Holder) -> list[str]:
        endpoint = Endpoint("Creating")
        first = await holder.answer(CALL, POLLER, endpoint.describe)
        second = asyncio.create_task(holder.answer(CALL, POLLER, endpoint.describe))
        await asyncio.sleep(0.01)
        assert not second.done()
        endpoint.status = "InService"
        changes.notify()
        return [first["EndpointStatus"], (await second)["EndpointStatus"]]

    assert _run(scenario) == ["Creating", "InService"]


@pytest.mark.parametrize("user_agent", [WAITER, POLLER])
def test_a_change_that_comes_while_the_state_is_being_read_is_not_slept_over(user_agent: str) -> None:
    async def scenario(changes: hold.Changes, holder: hold.Holder) -> str:
        endpoint = Endpoint("Creating")
        await holder.answer(CALL, POLLER, endpoint.describe)

        async def settles_meanwhile() -> dict[str, Any]:
            read = await endpoint.describe()
            endpoint.status = "InService"
            changes.notify()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            return read

        answer = holder.answer(CALL, user_agent, settles_meanwhile)
        return str((await asyncio.wait_for(answer, 1))["EndpointStatus"])

    assert _run(scenario) == "InService"


def test_an_sdk_is_held_at_its_first_look_at_an_endpoint_until_it_settles() -> None:
    async def scenario(changes: hold.Changes, holder: hold.Holder) -> str:
        endpoint = Endpoint("Creating")
        sdk = f"{POLLER} AWS-SageMaker-Python-SDK/3.27.0"
        look = asyncio.create_task(holder.answer(CALL, sdk, endpoint.describe))
        await asyncio.sleep(0.01)
        changes.notify()
        await asyncio.sleep(0.01)
        assert not look.done()
        endpoint.status = "InService"
        changes.notify()
        return str((await look)["EndpointStatus"])

    assert _run(scenario) == "InService"


def test_another_client_is_not_held_for_what_it_has_not_seen() -> None:
    async def scenario(changes: hold.Changes, holder: hold.Holder) -> int:
        endpoint = Endpoint("Creating")
        await holder.answer(CALL, POLLER, endpoint.describe)
        await asyncio.wait_for(holder.answer(CALL, "aws-cli/1.44", endpoint.describe), 0.5)
        return endpoint.asked

    assert _run(scenario) == 2


@pytest.mark.parametrize("status", ["InService", "Failed", "Completed", "Stopped"])
def test_a_settled_state_is_never_held(status: str) -> None:
    async def scenario(changes: hold.Changes, holder: hold.Holder) -> int:
        endpoint = Endpoint(status)
        for _ in range(3):
            await asyncio.wait_for(holder.answer(CALL, WAITER, endpoint.describe), 0.5)
            await asyncio.wait_for(holder.answer(CALL, POLLER, endpoint.describe), 0.5)
        return endpoint.asked

    assert _run(scenario) == 6


def test_holding_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLLAB_DESCRIBE_HOLD", "0")

    async def scenario(changes: hold.Changes, holder: hold.Holder) -> str:
        answer = await asyncio.wait_for(holder.answer(CALL, WAITER, Endpoint("Creating").describe), 0.5)
        return str(answer["EndpointStatus"])

    assert _run(scenario) == "Creating"
