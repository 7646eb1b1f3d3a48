"""Pipelines: a definition under a name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.caller import Caller
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import tags
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.pipelines import definition, errors
from mllab_localaws.sagemaker.pipelines.names import (
    DEFINITION_KIND,
    EXECUTION_KIND,
    PIPELINE_KIND,
    execution_key,
    pipeline_arn,
    pipeline_in,
)
from mllab_localaws.sagemaker.pipelines.progress import TERMINAL
from mllab_localaws.sagemaker.roles import check_execution_role
from mllab_localaws.sagemaker.users import user_context
from mllab_localaws.store import AlreadyExistsError, Record, Store
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

_LISTING = Listing(name="PipelineName", sort_order="Descending")
_ECHOED = ("PipelineDisplayName", "PipelineDescription", "RoleArn", "ParallelismConfiguration")
_CREATED = (
    *_ECHOED,
    "PipelineName",
    "PipelineDefinition",
    "PipelineDefinitionS3Location",
    "ClientRequestToken",
    "Tags",
)
_SUMMARY = (
    "PipelineArn",
    "PipelineName",
    "PipelineDisplayName",
    "PipelineDescription",
    "RoleArn",
    "CreationTime",
    "LastModifiedTime",
)
_OWN = ("ClientRequestToken",)


class Pipelines(Service):
    """CreatePipeline, UpdatePipeline, DescribePipeline, ListPipelines, DeletePipeline."""

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @operation
    def create_pipeline(self, call: Call) -> Reply:
        """Check the definition and remember the pipeline; a repeated request answers the same."""
        params, name, store = call.params, call.params["PipelineName"], self._platform.store
        refuse_others(params, _CREATED, "CreatePipeline")
        tags.check(params.get("Tags", ()))
        text = self._checked_definition(call)
        arn, now, by = pipeline_arn(call.region, name), self._platform.clock.now(), user_context(call.caller)
        record = {
            "PipelineDisplayName": name,
            **self._echoed(params),
            "PipelineName": name,
            "PipelineArn": arn,
            "PipelineDefinition": text,
            "PipelineStatus": "Active",
            "CreationTime": now,
            "LastModifiedTime": now,
            "CreatedBy": by,
            "LastModifiedBy": by,
            "ClientRequestToken": params["ClientRequestToken"],
        }
        try:
            store.insert(PIPELINE_KIND, call.region, name.lower(), record)
        except AlreadyExistsError as error:
            existing = store.get(PIPELINE_KIND, call.region, name.lower()) or {}
            same = ("ClientRequestToken", "PipelineDefinition", "RoleArn")
            if all(existing.get(member) == record[member] for member in same):
                return {"PipelineArn": arn}
            raise validation_error(
                "Pipeline names must be unique within an AWS account and region. Pipeline with name "
                f"({name}) already exists."
            ) from error
        tags.attach(store, call.region, arn, params.get("Tags", ()))
        return {"PipelineArn": arn}

    @operation
    def update_pipeline(self, call: Call) -> Reply:
        """Change a pipeline; executions that run go on with what they started with."""
        params, store = call.params, self._platform.store
        refuse_others(params, _CREATED, "UpdatePipeline")
        arn = find_pipeline(store, call.region, params["PipelineName"])["PipelineArn"]
        changes = self._echoed(params)
        if params.get("PipelineDefinition") or params.get("PipelineDefinitionS3Location"):
            changes["PipelineDefinition"] = self._checked_definition(call)
        changes |= {
            "LastModifiedTime": self._platform.clock.now(),
            "LastModifiedBy": user_context(call.caller),
        }
        if store.update(PIPELINE_KIND, call.region, pipeline_in(arn), **changes) is None:
            raise errors.not_found(arn)
        return {"PipelineArn": arn}

    @operation
    def describe_pipeline(self, call: Call) -> Reply:
        """Return a pipeline."""
        refuse_others(call.params, ("PipelineName",), "DescribePipeline")
        record = find_pipeline(self._platform.store, call.region, call.params["PipelineName"])
        return {member: value for member, value in record.items() if member not in _OWN}

    @operation
    def list_pipelines(self, call: Call) -> Reply:
        """Return pipelines, latest first."""
        params, store = call.params, self._platform.store
        if params.get("ManagedBy") == "AWS":
            return {"PipelineSummaries": []}
        prefix = params.get("PipelineNamePrefix", "").lower()
        records = [
            record
            for record in store.list(PIPELINE_KIND, call.region)
            if record["PipelineName"].lower().startswith(prefix)
        ]
        page, token = _LISTING.page(records, listing_params(params))
        return {"PipelineSummaries": [_summary(record) for record in page], **token}

    @operation
    def delete_pipeline(self, call: Call) -> Reply:
        """Forget a pipeline and its executions.

        Raises: AwsError: `ConflictException`, one of them is not over.
        """
        store = self._platform.store
        record = find_pipeline(store, call.region, call.params["PipelineName"])
        arn, executions = record["PipelineArn"], executions_of(store, call.region, record["PipelineName"])
        for each in executions:
            if each["PipelineExecutionStatus"] not in TERMINAL:
                raise errors.conflict(
                    f"Pipeline '{arn}' cannot be deleted: execution {each['PipelineExecutionArn']} is in "
                    f"status {each['PipelineExecutionStatus']}. Stop it first with StopPipelineExecution."
                )
        store.delete(PIPELINE_KIND, call.region, pipeline_in(arn))
        for each in executions:
            for kind in (EXECUTION_KIND, DEFINITION_KIND):
                store.delete(kind, call.region, execution_key(each["PipelineExecutionArn"]))
        tags.detach(store, call.region, arn)
        return {"PipelineArn": arn}

    def _echoed(self, params: Mapping[str, Any]) -> dict[str, Any]:
        if params.get("RoleArn"):
            check_execution_role(self._platform, params["RoleArn"])
        return {member: params[member] for member in _ECHOED if params.get(member)}

    def _checked_definition(self, call: Call) -> str:
        params = call.params
        text, location = params.get("PipelineDefinition"), params.get("PipelineDefinitionS3Location")
        if bool(text) == bool(location):
            raise validation_error(
                "A pipeline needs either a PipelineDefinition or a PipelineDefinitionS3Location."
            )
        text = text or self._stored_definition(location or {}, call.caller)
        definition.parse(text)
        return text

    def _stored_definition(self, location: Mapping[str, str], caller: Caller) -> str:
        refuse_others(location, ("Bucket", "ObjectKey"), "PipelineDefinitionS3Location")
        try:
            return self._platform.objects.read(caller, location["Bucket"], location["ObjectKey"]).decode()
        except AwsError as error:
            raise validation_error(f"The pipeline's definition cannot be read: {error.message}") from error
        except UnicodeDecodeError as error:
            raise errors.malformed("It is not text in UTF-8.") from error


def find_pipeline(store: Store, region: str, name_or_arn: str) -> Record:
    """Return a pipeline's record.

    Raises: AwsError: `ResourceNotFound`.
    """
    name = pipeline_in(name_or_arn)
    record = store.get(PIPELINE_KIND, region, name)
    if record is None:
        raise errors.not_found(pipeline_arn(region, name))
    return record


def executions_of(store: Store, region: str, name: str) -> list[Record]:
    """Return the executions of a pipeline."""
    arn = pipeline_arn(region, name)
    return [each for each in store.list(EXECUTION_KIND, region) if each["PipelineArn"] == arn]


def listing_params(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return a List request of pipelines with its time filters named as in the other List requests."""
    names = {"CreatedAfter": "CreationTimeAfter", "CreatedBefore": "CreationTimeBefore"}
    return {names.get(name, name): value for name, value in params.items()}


def _summary(record: Record) -> Record:
    last = {"LastExecutionTime": record["LastRunTime"]} if "LastRunTime" in record else {}
    return {**{member: record[member] for member in _SUMMARY if member in record}, **last}
