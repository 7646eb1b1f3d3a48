"""SageMaker: training, hosting, runtime, notebook instances, tags."""

from __future__ import annotations

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker.capture_writer import CaptureWriter
from mllab_localaws.sagemaker.control import ControlPlane
from mllab_localaws.sagemaker.endpoint_configs import EndpointConfigs
from mllab_localaws.sagemaker.endpoints import Endpoints
from mllab_localaws.sagemaker.lifecycle_configs import LifecycleConfigs
from mllab_localaws.sagemaker.models import Models
from mllab_localaws.sagemaker.monitoring import Monitoring
from mllab_localaws.sagemaker.monitoring_definitions import DataQualityDefinitions
from mllab_localaws.sagemaker.notebooks import NotebookInstances
from mllab_localaws.sagemaker.pipelines.executions import PipelineExecutions
from mllab_localaws.sagemaker.pipelines.pipelines import Pipelines
from mllab_localaws.sagemaker.processing import Processing
from mllab_localaws.sagemaker.registry_groups import ModelPackageGroups
from mllab_localaws.sagemaker.registry_packages import ModelPackages
from mllab_localaws.sagemaker.routes import Routes
from mllab_localaws.sagemaker.runtime import Runtime
from mllab_localaws.sagemaker.tags import Tags
from mllab_localaws.sagemaker.training import Training
from mllab_localaws.sagemaker.tuning import Tuning
from mllab_localaws.wire.call import Service


class SageMaker:
    """All of SageMaker on one platform.

    Attributes:
        services: the control plane's operations.
        runtime: InvokeEndpoint, called by the gateway directly.
        control: the same operations, for services that start others.
        notebooks: the notebook instances, whose programs get credentials from the gateway directly.
    """

    def __init__(self, platform: Platform) -> None:
        self.control = ControlPlane(platform.authorizer)
        self._training = Training(platform)
        self._processing = Processing(platform)
        self._executions = PipelineExecutions(platform, self.control)
        self._tuning = Tuning(platform, self.control, self._training.histories)
        routes = Routes()
        self._captures = CaptureWriter(platform.objects)
        self._endpoints = Endpoints(platform, routes, self._captures)
        self.runtime = Runtime(routes, self._captures, platform.metrics, platform.clock)
        self.notebooks = NotebookInstances(platform)
        self.services: list[Service] = [
            self._training,
            self._processing,
            self._tuning,
            Models(platform),
            EndpointConfigs(platform),
            self._endpoints,
            self.notebooks,
            LifecycleConfigs(platform),
            ModelPackageGroups(platform),
            ModelPackages(platform),
            Pipelines(platform),
            self._executions,
            DataQualityDefinitions(platform),
            Monitoring(platform, self.control, self._processing, self._captures.flush),
            Tags(platform),
        ]
        self.control.connect(self.services)

    def close(self) -> None:
        """Stop everything that was started; called when the local AWS ends."""
        self._executions.close()
        self._tuning.close()
        self.notebooks.close()
        self._training.close()
        self._processing.close()
        self._endpoints.close()
        self._captures.close()
