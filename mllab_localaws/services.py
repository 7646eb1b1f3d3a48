"""All services of the local AWS on one platform, and how they know of each other."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from mllab_localaws.apigateway import ApiGateway, api_request
from mllab_localaws.app import Door
from mllab_localaws.cloudwatch import CloudWatch
from mllab_localaws.cloudwatch import tagging as cloudwatch_tags
from mllab_localaws.events import Events, rules
from mllab_localaws.iam import PolicySimulation
from mllab_localaws.lambda_ import Lambda, runtime_api
from mllab_localaws.lambda_ import tags as function_tags
from mllab_localaws.moto_messaging import Queues, Topics
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import SageMaker, notebook_machine
from mllab_localaws.sagemaker import tags as sagemaker_tags
from mllab_localaws.scheduler import Scheduler
from mllab_localaws.service_quotas import ServiceQuotas
from mllab_localaws.sts import Sessions
from mllab_localaws.tagging import Source, TaggedResources
from mllab_localaws.wire.call import Dispatcher


class Services:
    """Every service of ours.

    Attributes:
        dispatchers: their operations, by signing name.
        doors: what they answer without a signature, by the beginning of the path.
    """

    def __init__(self, platform: Platform) -> None:
        self.events = Events(platform)
        self.cloudwatch = CloudWatch(platform)
        self.lambda_ = Lambda(platform)
        self.apigateway = ApiGateway(platform, self.lambda_.functions)
        self.sagemaker = SageMaker(platform)
        self.scheduler = Scheduler(platform, self.sagemaker.control)
        self.dispatchers: Mapping[str, Dispatcher] = {
            "sagemaker": Dispatcher("sagemaker", self.sagemaker.services),
            "iam": Dispatcher("iam", [PolicySimulation(platform)]),
            "sts": Dispatcher("sts", [Sessions(platform)]),
            "lambda": Dispatcher("lambda", self.lambda_.services),
            "apigateway": Dispatcher("apigateway", self.apigateway.services),
            "monitoring": Dispatcher("cloudwatch", self.cloudwatch.services),
            "events": Dispatcher("events", self.events.services),
            "scheduler": Dispatcher("scheduler", self.scheduler.services),
            "servicequotas": Dispatcher("service-quotas", [ServiceQuotas(platform)]),
            "sns": Dispatcher("sns", self.events.notifications),
            "tagging": Dispatcher("resourcegroupstaggingapi", [TaggedResources(self._tagged(platform))]),
        }
        self.doors: Mapping[str, Door] = {
            runtime_api.PATH: self.lambda_.runtime_api,
            api_request.PREFIX: self.apigateway.execute,
            notebook_machine.CREDENTIALS_PATH: self.sagemaker.notebooks.credentials,
        }

    def _tagged(self, platform: Platform) -> list[Source]:
        """Return how to ask each service for what is tagged there."""
        of_records = (sagemaker_tags.tagged, cloudwatch_tags.tagged, function_tags.tagged, rules.tagged)
        return [
            *(partial(tagged, platform.store) for tagged in of_records),
            self.apigateway.tags.tagged,
            platform.objects.tagged,
            platform.logs.tagged,
            Queues().tagged,
            Topics().tagged,
        ]

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tell whoever works in the gateway's event loop which one it is."""
        self.lambda_.attach(loop)

    def release(self) -> None:
        """Answer the requests that wait for something, in the event loop, because the local AWS ends."""
        self.lambda_.release()

    def close(self) -> None:
        """End everything that was started: whoever asks others first, whoever is asked last."""
        askers = (self.scheduler, self.events, self.cloudwatch, self.apigateway, self.lambda_)
        for service in (*askers, self.sagemaker):
            service.close()
