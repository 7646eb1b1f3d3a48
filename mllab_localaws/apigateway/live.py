"""The stages that callers reach, in memory and ready to use: no request reads a record for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mllab_localaws.apigateway.access import Limit
from mllab_localaws.apigateway.integrations import LAMBDA_URI
from mllab_localaws.apigateway.mock import Mock, mock_of
from mllab_localaws.apigateway.routing import Router
from mllab_localaws.apigateway.schemas import Schema, schemas
from mllab_localaws.apigateway.stages import METHOD_SETTINGS
from mllab_localaws.bounded.calls import BoundedCalls
from mllab_localaws.store import Record


@dataclass(frozen=True)
class LambdaProxy:
    """An integration with a function.

    Attributes:
        function: its ARN; `${stageVariables.name}` in it is the stage's.
        http_method: how it would be called; Lambda answers POST only.
        timeout: seconds.
    """

    function: str
    http_method: str
    timeout: float


@dataclass(frozen=True)
class Method:
    """A method, with what it asks of a request.

    Attributes:
        required: parameters that must be there, as (`header`, `path` or `querystring`, name).
        schemas: what checks the body, by content type; empty when bodies are not checked.
        integration: what answers.
    """

    http_method: str
    resource_id: str
    resource_path: str
    key_required: bool
    required: tuple[tuple[str, str], ...]
    schemas: Mapping[str, Schema]
    integration: LambdaProxy | Mock


@dataclass(frozen=True)
class Deployment:
    """A deployment, compiled once.

    Attributes: responses: the API's own gateway responses, by type.
    """

    id: str
    router: Router[Mapping[str, Method]]
    responses: Mapping[str, Record]
    binary_media_types: tuple[str, ...]


@dataclass(frozen=True)
class Settings:
    """What a stage sets for a method.

    Attributes: limit: None when the stage does not limit it.
    """

    limit: Limit | None
    detailed_metrics: bool
    log_level: str
    data_trace: bool


@dataclass(frozen=True)
class Stage:
    """A stage as its callers meet it."""

    region: str
    api_id: str
    api_name: str
    name: str
    variables: Mapping[str, str]
    deployment: Deployment
    settings: Mapping[str, Settings]
    log_stream: str

    def settings_of(self, method: Method | None) -> Settings:
        """Return the settings of a method; None stands for a request that found no method."""
        if method is not None:
            key = method.resource_path.replace("/", "~1") + "/" + method.http_method
            own = self.settings.get(key) or self.settings.get(key.removeprefix("~1"))
            if own is not None:
                return own
        return self.settings["*/*"]


class LiveStages:
    """All stages by API id and name; readers need no lock, because a change replaces a whole API at once.

    Args: calls: where bodies will be checked.
    """

    def __init__(self, calls: BoundedCalls) -> None:
        self._calls = calls
        self._apis: dict[str, Mapping[str, Stage]] = {}

    def find(self, api_id: str, stage: str) -> Stage | None:
        """Return a stage, or None."""
        return self._apis.get(api_id, {}).get(stage)

    def publish(self, region: str, record: Record) -> None:
        """Serve the stages of an API's record from now on."""
        api = record["api"]
        known = {stage.deployment.id: stage.deployment for stage in self._apis.get(api["id"], {}).values()}
        stages = {}
        for name, stage in record["stages"].items():
            deployment_id = stage["deploymentId"]
            if deployment_id not in known:
                definition = record["deployments"][deployment_id]["definition"]
                known[deployment_id] = self._compile(api["id"], deployment_id, definition)
            stages[name] = Stage(
                region=region,
                api_id=api["id"],
                api_name=api["name"],
                name=name,
                variables=stage.get("variables", {}),
                deployment=known[deployment_id],
                settings=_settings(stage.get("methodSettings", {})),
                log_stream=f"{api['id']}{deployment_id}".encode().hex()[:32],
            )
        self._apis[api["id"]] = stages

    def withdraw(self, api_id: str) -> None:
        """Serve an API no more."""
        self._apis.pop(api_id, None)

    def _compile(self, api_id: str, deployment_id: str, definition: Record) -> Deployment:
        models = schemas(api_id, definition["models"], self._calls)
        resources = [
            (resource["path"], _methods(resource, definition["validators"], models))
            for resource in definition["resources"].values()
            if resource["methods"]
        ]
        for _, methods in resources:
            for schema in {schema for method in methods.values() for schema in method.schemas.values()}:
                schema.prepare()
        return Deployment(
            id=deployment_id,
            router=Router(resources),
            responses=definition["gatewayResponses"],
            binary_media_types=tuple(definition["binaryMediaTypes"]),
        )


def _methods(
    resource: Record, request_validators: Record, models: Mapping[str, Schema]
) -> Mapping[str, Method]:
    compiled = {}
    for name, method in resource["methods"].items():
        checks = request_validators.get(method.get("requestValidatorId", ""), {})
        wanted = method.get("requestModels", {}) if checks.get("validateRequestBody") else {}
        parameters = method.get("requestParameters", {}) if checks.get("validateRequestParameters") else {}
        compiled[name] = Method(
            http_method=name,
            resource_id=resource["id"],
            resource_path=resource["path"],
            key_required=method["apiKeyRequired"],
            required=tuple(_place(parameter) for parameter, needed in sorted(parameters.items()) if needed),
            schemas={content_type.lower(): models[model] for content_type, model in wanted.items()},
            integration=_integration(method["methodIntegration"]),
        )
    return compiled


def _place(parameter: str) -> tuple[str, str]:
    place, _, name = parameter.removeprefix("method.request.").partition(".")
    return place, name


def _integration(integration: Record) -> LambdaProxy | Mock:
    if integration["type"] == "MOCK":
        return mock_of(integration)
    found = LAMBDA_URI.fullmatch(integration["uri"])
    assert found is not None  # checked when it was put
    return LambdaProxy(found["function"], integration["httpMethod"], integration["timeoutInMillis"] / 1000)


def _settings(records: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Settings]:
    compiled = {}
    for key, record in {"*/*": METHOD_SETTINGS, **records}.items():
        rate, burst = record["throttlingRateLimit"], record["throttlingBurstLimit"]
        compiled[key] = Settings(
            limit=Limit(rate, burst) if rate >= 0 and burst >= 0 else None,
            detailed_metrics=record["metricsEnabled"],
            log_level=record["loggingLevel"],
            data_trace=record["dataTraceEnabled"],
        )
    return compiled
