"""Data quality job definitions: Create, Describe, List, Delete."""

from __future__ import annotations

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import monitoring_request
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.monitoring_records import DEFINITION, is_of
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.validation import refuse_others

_LISTING = Listing(name="JobDefinitionName", sort_order="Descending")
_ECHOED = (
    "JobDefinitionName",
    "DataQualityBaselineConfig",
    "DataQualityAppSpecification",
    "DataQualityJobInput",
    "DataQualityJobOutputConfig",
    "JobResources",
    "NetworkConfig",
    "RoleArn",
    "StoppingCondition",
)


class DataQualityDefinitions(Service):
    """What a monitoring schedule can refer to by name."""

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @operation
    def create_data_quality_job_definition(self, call: Call) -> Reply:
        """Check a definition and remember it."""
        params, name = call.params, call.params["JobDefinitionName"]
        refuse_others(params, (*_ECHOED, "Tags"), "CreateDataQualityJobDefinition")
        definition = monitoring_request.of_definition(params)
        monitoring_request.check(definition, self._platform)
        arn = DEFINITION.arn(call.region, name)
        record = {
            **monitoring_request.without_empty({name: params[name] for name in _ECHOED if name in params}),
            "JobDefinitionArn": arn,
            "CreationTime": self._platform.clock.now(),
            "EndpointName": monitoring_request.endpoint_of(definition),
        }
        DEFINITION.insert(self._platform.store, call.region, name, record, params.get("Tags", ()))
        return {"JobDefinitionArn": arn}

    @operation
    def describe_data_quality_job_definition(self, call: Call) -> Reply:
        """Return a definition."""
        record = DEFINITION.get(self._platform.store, call.region, call.params["JobDefinitionName"])
        return {name: value for name, value in record.items() if name != "EndpointName"}

    @operation
    def list_data_quality_job_definitions(self, call: Call) -> Reply:
        """Return definitions, latest first."""
        records = self._platform.store.list(DEFINITION.kind, call.region)
        chosen = [each for each in records if is_of(each, call.params.get("EndpointName"))]
        page, token = _LISTING.page(chosen, call.params)
        summaries = [
            {
                "MonitoringJobDefinitionName": each["JobDefinitionName"],
                "MonitoringJobDefinitionArn": each["JobDefinitionArn"],
                "CreationTime": each["CreationTime"],
                "EndpointName": each["EndpointName"],
            }
            for each in page
        ]
        return {"JobDefinitionSummaries": summaries, **token}

    @operation
    def delete_data_quality_job_definition(self, call: Call) -> Reply:
        """Forget a definition; executions that it was used for stay."""
        DEFINITION.delete(self._platform.store, call.region, call.params["JobDefinitionName"])
        return {}
