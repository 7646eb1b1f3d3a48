"""SageMaker's operations for those of its services that start others: tuning, pipelines, monitoring.

They ask for a training job as any client would, so that it is checked, recorded and described like one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mllab_localaws.caller import Caller
from mllab_localaws.platform import ACCOUNT
from mllab_localaws.wire import models
from mllab_localaws.wire.call import Call, Dispatcher, Reply, Service
from mllab_localaws.wire.validation import validate


class ControlPlane:
    """Calls operations in process, with the checks of a request that came over the wire."""

    def __init__(self) -> None:
        self._dispatcher = Dispatcher("sagemaker", [])

    def connect(self, services: Sequence[Service]) -> None:
        """Answer by these services, once all of them exist."""
        self._dispatcher = Dispatcher("sagemaker", list(services))

    def call(self, operation: str, params: Mapping[str, Any], region: str, role_arn: str) -> Reply:
        """Answer one operation, e.g. `CreateTrainingJob`.

        Args: params: as boto3 takes them; role_arn: in whose name.
        Raises: AwsError: what the operation refuses.
        """
        validate(models.service_model("sagemaker").operation_model(operation), params)
        return self._dispatcher(self.request(operation, params, region, role_arn))

    @staticmethod
    def request(operation: str, params: Mapping[str, Any], region: str, role_arn: str) -> Call:
        """Return one request in the name of a role, without holding it against the model."""
        session = f"arn:aws:sts::{ACCOUNT}:assumed-role/{role_arn.rpartition('/')[2]}/SageMaker"
        return Call(operation, params, Caller(session, ACCOUNT, ""), region)
