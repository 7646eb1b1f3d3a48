"""EventBridge, SNS's publishing, S3's notifications, and what carries messages between services."""

from __future__ import annotations

from mllab_localaws.events.bucket_events import BucketEvents
from mllab_localaws.events.buses import Buses
from mllab_localaws.events.queues import QueueReceiver
from mllab_localaws.events.router import Router
from mllab_localaws.events.rules import Rules
from mllab_localaws.events.topics import Notifications
from mllab_localaws.moto_messaging import Queues, Topics
from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Service


class Events:
    """Rules, targets and deliveries on one platform.

    Attributes:
        services: EventBridge's operations.
        notifications: those of SNS that are ours.
    """

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._router = Router(platform)
        topics = Notifications(platform, Topics())
        queues = QueueReceiver(Queues())
        platform.deliveries.register("sqs", queues, queues.check)
        platform.deliveries.register("sns", topics.receive, topics.check)
        self.services: list[Service] = [Rules(platform), Buses(platform, self._router)]
        self.notifications: list[Service] = [topics]
        self._bucket_events = BucketEvents(platform)

    def close(self) -> None:
        """Deliver nothing more; called when the local AWS ends."""
        self._bucket_events.close()
        self._router.close()
        self._platform.deliveries.close()
