"""What reaches SQS from other services, if the queue's policy lets them; and receivers who wait for it.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-long-polling.html
"""

from __future__ import annotations

import asyncio
import json
import time
from urllib.parse import urlencode

from mllab_localaws.asgi import ClientGoneError, Exchange
from mllab_localaws.events.deliveries import Delivery
from mllab_localaws.events.permissions import check_sender
from mllab_localaws.moto_messaging import Queues
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.http import HttpRequest

_LOOK_SECONDS = 0.1
_LONGEST_WAIT = 20


class QueueReceiver:
    """Puts messages of services into queues."""

    def __init__(self, queues: Queues) -> None:
        self._queues = queues

    def __call__(self, delivery: Delivery) -> None:
        """Put a message into its queue.

        Raises: AwsError: there is no such queue, or its policy does not let the sender.
        """
        self.check(delivery)
        attributes = delivery.parameters.get("MessageAttributes")
        group = delivery.parameters.get("MessageGroupId")
        self._queues.send(delivery.target_arn, delivery.body, attributes, group)

    def check(self, delivery: Delivery) -> None:
        """Raise what a delivery would be refused for."""
        arn = delivery.target_arn
        if not self._queues.exists(arn):
            raise AwsError("AWS.SimpleQueueService.NonExistentQueue", f"The queue {arn} does not exist.")
        check_sender(self._queues.policy(arn), delivery, "sqs:SendMessage", "AccessDenied")


async def long_poll(asked: Exchange, body: bytes, region: str, queues: Queues) -> bytes:
    """Return the body of a ReceiveMessage request that will not wait, once there is something or time is up.

    moto would wait in one of its few threads, and then nobody could send. Other requests stay as they are.
    Raises: ClientGoneError: nobody is there any more to be handed a message.
    """
    request = asked.request(body)
    params = _receive_params(request)
    if params is None:
        return body
    name = str(params.get("QueueUrl", "")).rstrip("/").rpartition("/")[2]
    try:
        seconds = float(str(params.get("WaitTimeSeconds", queues.wait_seconds(region, name))))
    except ValueError:
        return body
    if not 0 < seconds <= _LONGEST_WAIT:
        return body
    await _until_message(asked, region, name, queues, seconds)
    at_once = {**params, "WaitTimeSeconds": 0}
    return (urlencode(at_once) if request.form else json.dumps(at_once)).encode()


async def _until_message(asked: Exchange, region: str, name: str, queues: Queues, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    gone = asyncio.ensure_future(asked.gone())
    try:
        while time.monotonic() < deadline and not queues.has_messages(region, name):
            await asyncio.wait([gone], timeout=_LOOK_SECONDS)
            if gone.done():
                raise ClientGoneError
    finally:
        gone.cancel()


def _receive_params(request: HttpRequest) -> dict[str, object] | None:
    """Return the parameters of a ReceiveMessage request in either protocol, None for any other request."""
    if request.headers.get("x-amz-target", "").endswith(".ReceiveMessage"):
        try:
            params = json.loads(request.body)
        except (ValueError, RecursionError):
            return None
        return params if isinstance(params, dict) else None
    if request.form.get("Action") == "ReceiveMessage":
        # The old protocol names the queue in the path as well.
        return {"QueueUrl": request.path, **request.form}
    return None
