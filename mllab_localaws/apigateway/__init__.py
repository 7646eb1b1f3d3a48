"""API Gateway: REST APIs, their control plane and the requests of their callers."""

from __future__ import annotations

from mllab_localaws.apigateway.access import Access
from mllab_localaws.apigateway.account import Account
from mllab_localaws.apigateway.api_keys import ApiKeys
from mllab_localaws.apigateway.data_plane import DataPlane
from mllab_localaws.apigateway.deployments import Deployments
from mllab_localaws.apigateway.gateway_responses import GatewayResponses
from mllab_localaws.apigateway.integrations import Integrations
from mllab_localaws.apigateway.limits import Usage
from mllab_localaws.apigateway.live import LiveStages
from mllab_localaws.apigateway.methods import Methods
from mllab_localaws.apigateway.plan_records import PlanRecords
from mllab_localaws.apigateway.records import RestApiRecords
from mllab_localaws.apigateway.request_models import RequestModels, RequestValidators
from mllab_localaws.apigateway.resources import Resources
from mllab_localaws.apigateway.rest_apis import RestApis
from mllab_localaws.apigateway.stages import Stages
from mllab_localaws.apigateway.tags import Tags
from mllab_localaws.apigateway.usage_plan_keys import UsagePlanKeys
from mllab_localaws.apigateway.usage_plans import UsagePlans
from mllab_localaws.bounded.calls import BoundedCalls
from mllab_localaws.lambda_.functions import Functions
from mllab_localaws.platform import Platform
from mllab_localaws.wire.call import Service

# Bodies that are checked at a time: while one takes its second, others do not wait for it.
_CHECKS = 2


class ApiGateway:
    """All of API Gateway on one platform.

    Args: functions: whom AWS_PROXY integrations ask.
    Attributes:
        services: the control plane's operations.
        execute: answers requests to deployed APIs.
        tags: of everything here that has an ARN.
    """

    def __init__(self, platform: Platform, functions: Functions) -> None:
        self._calls = BoundedCalls(_CHECKS)
        stages, access, usage = LiveStages(self._calls), Access(), Usage()
        apis = RestApiRecords(platform.store, stages)
        plans = PlanRecords(platform.store, access)
        account = Account(platform)
        usage_plans = UsagePlans(plans, apis)
        self.tags = Tags(apis, plans)
        self.services: list[Service] = [
            RestApis(platform, apis, plans.forget_stages),
            Resources(apis),
            Methods(apis),
            Integrations(apis),
            RequestModels(apis),
            RequestValidators(apis),
            Deployments(platform, apis),
            Stages(platform, apis, account.may_log, plans.forget_stages),
            GatewayResponses(apis),
            ApiKeys(platform, plans),
            usage_plans,
            UsagePlanKeys(plans, usage_plans, usage),
            self.tags,
            account,
        ]
        self.execute = DataPlane(platform, stages, access, usage, functions)

    def close(self) -> None:
        """End the processes in which bodies are checked."""
        self._calls.close()
