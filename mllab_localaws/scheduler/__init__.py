"""EventBridge Scheduler: one-time schedules that ask SageMaker for something in a role's name."""

from __future__ import annotations

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.control import ControlPlane
from mllab_localaws.scheduler.firing import Firing
from mllab_localaws.scheduler.groups import Groups
from mllab_localaws.scheduler.schedules import Schedules
from mllab_localaws.scheduler.universal import SageMakerTargets
from mllab_localaws.wire.call import Service


class Scheduler:
    """Schedules on one platform.

    Args: sagemaker: whom targets ask.
    Attributes: services: Scheduler's operations.
    """

    def __init__(self, platform: Platform, sagemaker: ControlPlane) -> None:
        platform.deliveries.register("scheduler", SageMakerTargets(sagemaker).receive)
        self._firing = Firing(platform)
        self.services: list[Service] = [Schedules(platform, self._firing.watch, sagemaker), Groups()]
        self._firing.start()

    def close(self) -> None:
        """Fire nothing more; called when the local AWS ends."""
        self._firing.close()
