"""SageMaker's operations for those of its services that start others: tuning, pipelines, monitoring.

They ask for a training job as any client would, so that it is checked, recorded and described like one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mllab_localaws.access.model import Request
from mllab_localaws.caller import Caller, acting_as
from mllab_localaws.wire import models
from mllab_localaws.wire.call import Call, Dispatcher, Reply, Service
from mllab_localaws.wire.validation import validate

if TYPE_CHECKING:
    from mllab_localaws.access.authorizer import Authorizer


class ControlPlane:
    """Calls operations in process, with the checks of a request that came over the wire.

    Args: authorizer: lets a role do what a service asks for in its name.
    """

    def __init__(self, authorizer: Authorizer) -> None:
        self._authorizer = authorizer
        self._dispatcher = Dispatcher("sagemaker", [])

    def connect(self, services: Sequence[Service]) -> None:
        """Answer by these services, once all of them exist."""
        self._dispatcher = Dispatcher("sagemaker", list(services))

    def answers(self, operation: str) -> bool:
        """Say whether an operation, e.g. `CreateTrainingJob`, is part of the local AWS."""
        return operation in self._dispatcher

    def call_as(self, who: Caller, operation: str, params: Mapping[str, Any], region: str) -> Reply:
        """Answer one operation in the name of a role, which may do it or not.

        Args: who: as `acting_as` gives it; params: as boto3 takes them.
        Raises: AwsError: AWS's refusal, or what the operation refuses.
        """
        validate(models.service_model("sagemaker").operation_model(operation), params)
        self._authorizer.authorize(who, Request("sagemaker", operation, params, region))
        return self._dispatcher(Call(operation, params, who, region))

    def call(self, operation: str, params: Mapping[str, Any], region: str, role_arn: str) -> Reply:
        """Answer one operation, e.g. `CreateTrainingJob`, that SageMaker asks itself for; no role has to.

        Args: params: as boto3 takes them; role_arn: in whose name.
        Raises: AwsError: what the operation refuses.
        """
        validate(models.service_model("sagemaker").operation_model(operation), params)
        return self._dispatcher(self.request(operation, params, region, role_arn))

    @staticmethod
    def request(operation: str, params: Mapping[str, Any], region: str, role_arn: str) -> Call:
        """Return one request of SageMaker's own, without holding it against the model."""
        return Call(operation, params, acting_as(role_arn), region)
