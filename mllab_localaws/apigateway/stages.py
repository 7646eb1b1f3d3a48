"""Stages: names under which a deployment is called, with settings that need no deployment to be live."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from mllab_localaws.apigateway import patches
from mllab_localaws.apigateway.errors import bad_request, conflict, not_found, refuse_others
from mllab_localaws.apigateway.records import RestApiRecords
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError

_MOST = 10
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_VARIABLE = re.compile(r"[A-Za-z0-9_]+")
_VALUE = re.compile(r"[A-Za-z0-9._~:/?#&=,-]*")
_TAKEN = ("restApiId", "stageName", "deploymentId", "description", "variables", "tags")

# What the settings of a method are until they are changed.
METHOD_SETTINGS: Mapping[str, Any] = {
    "metricsEnabled": False,
    "loggingLevel": "OFF",
    "dataTraceEnabled": False,
    "throttlingBurstLimit": 5000,
    "throttlingRateLimit": 10000.0,
    "cachingEnabled": False,
    "cacheTtlInSeconds": 300,
    "cacheDataEncrypted": False,
    "requireAuthorizationForCacheControl": True,
    "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
}
_MEMBERS = {
    "/deploymentId": patches.Member(),
    "/description": patches.Member(operations=("replace", "remove")),
    "/variables/*": patches.Member(operations=patches.OPTIONAL),
}
# The last parts of a method setting's path, and the members that they mean.
_SETTINGS = {
    "metrics/enabled": ("metricsEnabled", patches.boolean),
    "logging/loglevel": ("loggingLevel", patches.one_of("OFF", "ERROR", "INFO")),
    "logging/dataTrace": ("dataTraceEnabled", patches.boolean),
    "throttling/burstLimit": ("throttlingBurstLimit", patches.integer),
    "throttling/rateLimit": ("throttlingRateLimit", patches.number),
}
_SETTING = re.compile(rf"/(?P<key>[^/]+/[^/]+)/(?P<setting>{'|'.join(_SETTINGS)})")


class Stages(Service):
    """Create, get, list, update and delete stages.

    Args:
        may_log: whether the account has a role that writes to CloudWatch Logs.
        on_delete: called with region, API id and stage name of each stage that is gone.
    """

    name = "apigateway"

    def __init__(
        self,
        platform: Platform,
        records: RestApiRecords,
        may_log: Callable[[str], bool],
        on_delete: Callable[[str, str, str], None],
    ) -> None:
        self._clock = platform.clock
        self._records = records
        self._may_log = may_log
        self._on_delete = on_delete

    @operation
    def create_stage(self, call: Call) -> Reply:
        """Let a new name point to a deployment."""
        params = call.params
        refuse_others(params, _TAKEN, "CreateStage")

        def change(record: Record) -> Reply:
            if params["deploymentId"] not in record["deployments"]:
                raise bad_request("Deployment id does not exist")
            if params["stageName"] in record["stages"]:
                raise conflict("Stage already exists")
            stage = new_stage(record, params["stageName"], params["deploymentId"], self._clock.now())
            optional = ("description", "variables", "tags")
            stage |= {name: params[name] for name in optional if params.get(name)}
            check_variables(stage)
            return stage

        return self._records.change(call.region, params["restApiId"], change)

    @operation
    def get_stage(self, call: Call) -> Reply:
        """Return a stage."""
        return stage_of(self._records.get(call.region, call.params["restApiId"]), call.params)

    @operation
    def get_stages(self, call: Call) -> Reply:
        """Return the stages of an API; they are few, so there is one page."""
        stages = self._records.get(call.region, call.params["restApiId"])["stages"].values()
        wanted = call.params.get("deploymentId")
        return {"item": [stage for stage in stages if wanted in (None, stage["deploymentId"])]}

    @operation
    def update_stage(self, call: Call) -> Reply:
        """Point a stage to another deployment, or change its variables and its methods' settings."""

        def change(record: Record) -> Reply:
            stage = stage_of(record, call.params)
            for patch in call.params.get("patchOperations", ()):
                if _SETTING.fullmatch(patch.get("path", "")):
                    self._set(stage, patch, call.region)
                elif re.fullmatch(r"/[^/]+/[^/]+", patch.get("path", "")) and patch.get("op") == "remove":
                    _remove(stage, patch)
                else:
                    patches.apply(stage, [patch], _MEMBERS)
            if stage["deploymentId"] not in record["deployments"]:
                raise bad_request("Deployment id does not exist")
            check_variables(stage)
            stage["lastUpdatedDate"] = self._clock.now()
            return stage

        return self._records.change(call.region, call.params["restApiId"], change)

    @operation
    def delete_stage(self, call: Call) -> Reply:
        """Delete a stage; its callers get 403 from now on."""

        def change(record: Record) -> Reply:
            stage_of(record, call.params)
            del record["stages"][call.params["stageName"]]
            return {}

        reply = self._records.change(call.region, call.params["restApiId"], change)
        self._on_delete(call.region, call.params["restApiId"], call.params["stageName"])
        return reply

    def _set(self, stage: Record, patch: patches.Patch, region: str) -> None:
        found = _SETTING.fullmatch(patch["path"])
        assert found is not None
        member, convert = _SETTINGS[found["setting"]]
        settings = stage.setdefault("methodSettings", {}).setdefault(found["key"], dict(METHOD_SETTINGS))
        changes = {"/" + member: patches.Member(convert)}
        patches.apply(settings, [{**patch, "path": "/" + member}], changes)
        if settings["loggingLevel"] != "OFF" and not self._may_log(region):
            raise bad_request("CloudWatch Logs role ARN must be set in account settings to enable logging")


def new_stage(record: Record, name: str, deployment_id: str, now: float) -> Record:
    """Add a stage to an API and return it.

    Raises: AwsError: the name is not valid, or there are too many.
    """
    if not _NAME.fullmatch(name):
        raise bad_request("Stage name only allows a-zA-Z0-9_-")
    if len(record["stages"]) >= _MOST:
        message = f"Maximum number of stages for this API has been reached: {_MOST}."
        raise AwsError("LimitExceededException", message, status=429)
    stage = {
        "stageName": name,
        "deploymentId": deployment_id,
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "tracingEnabled": False,
        "createdDate": now,
        "lastUpdatedDate": now,
    }
    record["stages"][name] = stage
    return stage


def stage_of(record: Record, params: Mapping[str, Any]) -> Record:
    """Return the stage that a request names.

    Raises: AwsError: there is none.
    """
    stage: Record | None = record["stages"].get(params["stageName"])
    if stage is None:
        raise not_found("Invalid stage identifier specified")
    return stage


def check_variables(stage: Record) -> None:
    """Refuse stage variables that AWS would.

    Raises: AwsError: `BadRequestException`.
    """
    for name, value in stage.get("variables", {}).items():
        if not _VARIABLE.fullmatch(name):
            raise bad_request(
                f"Stage variable {name!r}: its name can only have alphanumeric characters and _."
            )
        if not _VALUE.fullmatch(value):
            raise bad_request(
                f"Stage variable value: {value} for variable {name}. Please use values with alphanumeric"
                " characters and the symbols . _ ~ : / ? # & = , -"
            )


def _remove(stage: Record, patch: patches.Patch) -> None:
    """Forget the settings of one method, or a variable."""
    key = patch["path"][1:]
    settings = stage.get("methodSettings", {})
    if key.startswith("variables/"):
        patches.apply(stage, [patch], _MEMBERS)
    elif settings.pop(key, None) is None:
        raise bad_request(f"Invalid method setting path: {patch['path']}")
    elif not settings:
        del stage["methodSettings"]
