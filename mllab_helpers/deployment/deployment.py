"""SageMaker hosting: model, endpoint configuration, endpoint.

Models and configurations cannot be changed once made, and the ones that an endpoint runs on must stay. So
their names end in a short digest of what is in them: the same content finds itself again, other content
stands beside it, and an endpoint moves from one to the other without a gap.

https://docs.aws.amazon.com/sagemaker/latest/dg/realtime-endpoints.html
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import archives, carried, images, names, prices, progress, storage, texts
from mllab_helpers.aws_errors import is_absent, translate
from mllab_helpers.deployment import expiry, idle
from mllab_helpers.errors import EndpointFailed, EndpointNotFound
from mllab_helpers.identity.propagation import when_role_is_ready
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.texts import say
from mllab_helpers.training import training
from mllab_helpers.training.instance_types import HOSTING, check_instance_type
from mllab_helpers.training.logs import endpoint_log

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

# The environment that makes the XGBoost container run the script in the archive's `code` folder.
SCRIPT_MODE = {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code"}

_READY_SECONDS = 1800.0
_GONE_SECONDS = 900.0
_MOVING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
_LOG_LINES = 8
_DIGEST_LENGTH = 6


@dataclass(frozen=True, repr=False)
class Endpoint:
    """An endpoint as AWS describes it.

    Attributes:
        status: e.g. `InService`.
        config: name of the configuration that it runs on.
        usd_per_hour: list price of its instances; None when the table does not hold their type.
        region: where it is.
    """

    name: str
    status: str
    config: str
    instance_type: str
    instances: int
    usd_per_hour: float | None
    region: str = prices.REGION

    def __repr__(self) -> str:
        return say("deployment.endpoint", name=self.name, status=self.status, cost=self._cost())

    def _cost(self) -> str:
        price = prices.find(prices.HOSTING, self.instance_type, self.region)
        if self.usd_per_hour is None or price is None:
            return say("prices.unknown", instance_type=self.instance_type)
        usd = f"{self.usd_per_hour:.3f}"
        return say("prices.per_hour", usd=usd, region=price.region, date=price.as_of)


@translate()
def ensure_model(
    lab: Lab,
    name: str,
    *,
    artefact: str,
    image: str | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Register an artefact and the image that serves it, or find the same pair again.

    Args:
        name: from `lab.name`; a digest of the content is appended.
        artefact: `s3://` address of the model.tar.gz.
        environment: of the container, e.g. `SCRIPT_MODE`.
    Returns: the model's full name.
    """
    image = image or images.xgboost_image(lab.region)
    container = {"Image": image, "ModelDataUrl": artefact, "Environment": dict(environment or {})}
    request = {"PrimaryContainer": container, "ExecutionRoleArn": lab.role_arn}
    full_name = _with_digest(lab, name, request)
    sagemaker = lab.client("sagemaker")
    if not _exists(lambda: sagemaker.describe_model(ModelName=full_name)):
        lab.note_creating("model", full_name)
        when_role_is_ready(lab, lambda: sagemaker.create_model(ModelName=full_name, Tags=lab.tags, **request))
    return full_name


@translate()
def ensure_endpoint_config(
    lab: Lab,
    name: str,
    *,
    model: str,
    instance_type: str = "ml.m5.large",
    instances: int = 1,
    capture: Mapping[str, Any] | None = None,
) -> str:
    """Describe on what an endpoint shall run, or find the same description again.

    Args:
        name: from `lab.name`; a digest of the content is appended.
        model: from `ensure_model`.
        capture: from `capture.capture_config`, to keep what is asked and answered.
    Returns: the configuration's full name.
    Raises: UnknownInstanceType.
    """
    check_instance_type(lab, instance_type, HOSTING)
    variant = {
        "VariantName": names.VARIANT,
        "ModelName": model,
        "InstanceType": instance_type,
        "InitialInstanceCount": instances,
        "InitialVariantWeight": 1.0,
    }
    request: dict[str, Any] = {"ProductionVariants": [variant]}
    if capture is not None:
        request["DataCaptureConfig"] = dict(capture)
    full_name = _with_digest(lab, name, request)
    sagemaker = lab.client("sagemaker")
    if not _exists(lambda: sagemaker.describe_endpoint_config(EndpointConfigName=full_name)):
        lab.note_creating("endpoint-config", full_name)
        sagemaker.create_endpoint_config(EndpointConfigName=full_name, Tags=lab.tags, **request)
    return full_name


@translate()
def ensure_endpoint(lab: Lab, name: str, *, config: str, expires_in: float = expiry.HOURS) -> Endpoint:
    """Create the endpoint, move it to another configuration, or find it as it should be.

    It returns when the endpoint serves. A failed endpoint is deleted first: AWS allows nothing else with it.

    Args:
        name: from `lab.name`.
        config: from `ensure_endpoint_config`.
        expires_in: hours from now until it deletes itself, 0 for never.
    Raises: EndpointFailed: with the last lines of its log; QuotaExceeded, TookTooLong, WrongExpiry.
    """
    names.check_resource_name(lab.student, name)
    sagemaker = lab.client("sagemaker")
    found = _settle(lab, name)
    if found is not None and found["EndpointStatus"] == "Failed":
        delete_endpoint(lab, name)
        found = None
    # First of all, so that nothing can come between an endpoint and its end.
    expires = expiry.ensure_expiry(lab, name, hours=expires_in)
    if found is None:
        described = sagemaker.describe_endpoint_config(EndpointConfigName=config)
        lab.note_creating("endpoint", name, described["ProductionVariants"][0].get("InstanceType", ""))
        tags = lab.tags + expires.tags
        sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config, Tags=tags)
    elif found["EndpointConfigName"] != config:
        sagemaker.update_endpoint(EndpointName=name, EndpointConfigName=config)
    idle.put_alarm(lab, name)
    return wait_for_endpoint(lab, name, config=config)


@translate()
def wait_for_endpoint(lab: Lab, name: str, *, config: str | None = None) -> Endpoint:
    """Wait until an endpoint serves.

    Args: config: the configuration that it must end up with; None for any.
    Raises: EndpointFailed, EndpointNotFound, TookTooLong.
    """
    with progress.show(say("deployment.waiting", name=name)) as shown:
        try:
            found = _settle(lab, name, shown)
        except KeyboardInterrupt:
            print(say("deployment.goes_on", name=name))
            raise
        if found is None:
            raise EndpointNotFound(name=name)
        # After an update that failed an endpoint is InService again, on its old configuration.
        if found["EndpointStatus"] != "InService" or config not in (None, found["EndpointConfigName"]):
            tail = "\n".join(f"  {line}" for line in endpoint_log(lab, name).read_new()[-_LOG_LINES:])
            reason = found.get("FailureReason", found["EndpointStatus"])
            raise EndpointFailed(name=name, reason=reason, log=tail)
    return _endpoint(lab, found)


@translate()
def current_config(lab: Lab, name: str) -> str | None:
    """Return the name of the configuration that an endpoint runs on; None when there is no such endpoint."""
    found = _describe(lab, name)
    return None if found is None else str(found["EndpointConfigName"])


@translate()
def current_model(lab: Lab, name: str) -> str:
    """Return the name of the model that an endpoint serves.

    Raises: EndpointNotFound.
    """
    config = describe_endpoint(lab, name).config
    described = lab.client("sagemaker").describe_endpoint_config(EndpointConfigName=config)
    return str(described["ProductionVariants"][0]["ModelName"])


@translate()
def describe_endpoint(lab: Lab, name: str) -> Endpoint:
    """Return what is known about an endpoint now.

    Raises: EndpointNotFound.
    """
    found = _describe(lab, name)
    if found is None:
        raise EndpointNotFound(name=name)
    return _endpoint(lab, found)


@translate()
def failed_update(lab: Lab, name: str, *, since: float) -> str:
    """Return why an endpoint went back to the configuration it had; empty when no update has failed.

    Args: since: updates that failed before do not count; seconds since the epoch.
    """
    found = _describe(lab, name)
    if found is None or found["EndpointStatus"] in _MOVING or found["LastModifiedTime"].timestamp() < since:
        return ""
    return str(found.get("FailureReason", ""))


@translate()
def delete_endpoint(lab: Lab, name: str) -> None:
    """Delete an endpoint, its schedule and its alarm, and wait until it is gone; silent when it already is.

    One that is being created or changed cannot be deleted: that is waited for first.
    """
    found = _settle(lab, name)
    if found is not None:
        _delete(lab, name, found)
    expiry.remove_expiry(lab, name)
    idle.delete_alarm(lab, name)


def _delete(lab: Lab, name: str, found: Mapping[str, Any]) -> None:
    endpoint = _endpoint(lab, found)
    lab.client("sagemaker").delete_endpoint(EndpointName=name)
    lived = lab.clock.now() - found["CreationTime"].timestamp()
    lab.note_deleted("endpoint", name, endpoint.instance_type, lived * endpoint.instances)
    wait_until(
        lab.clock,
        lambda: _describe(lab, name),
        lambda seen: seen is None,
        what=name,
        pause=lab.pause,
        limit=_GONE_SECONDS,
    )


@translate()
def package_inference_script(lab: Lab, artefact: str, *, key: str = "models/script-mode/model.tar.gz") -> str:
    """Pack a trained model once more, together with the lab's `inference.py`, which speaks JSON.

    Args: artefact: `s3://` address of the model.tar.gz; key: of the new one, in the lab's bucket.
    Returns: its `s3://` address, for `ensure_model(..., environment=SCRIPT_MODE)`.
    """
    model = training.fetch_artefact(lab, artefact) / training.MODEL_FILE
    members = {training.MODEL_FILE: model.read_bytes()}
    members["code/inference.py"] = carried.program("scripts", "inference")
    house = carried.modules(carried.HOUSE_MODULES)
    members |= {f"code/{path}": content for path, content in house.items()}
    # In which language the script explains what is wrong with a house.
    members["code/language.txt"] = texts.language().encode()
    return storage.upload_bytes(lab, archives.tar_gz(members), key).uri


def _with_digest(lab: Lab, name: str, request: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:_DIGEST_LENGTH]
    return names.check_resource_name(lab.student, f"{name}-{digest}")


def _settle(lab: Lab, name: str, shown: progress.Progress | None = None) -> dict[str, Any] | None:
    """Wait until an endpoint has stopped changing; None when there is none."""

    def look() -> dict[str, Any] | None:
        seen = _describe(lab, name)
        if shown is not None and seen is not None:
            shown.tell(seen["EndpointStatus"])
        return seen

    return wait_until(
        lab.clock,
        look,
        lambda seen: seen is None or seen["EndpointStatus"] not in _MOVING,
        what=name,
        pause=lab.pause,
        limit=_READY_SECONDS,
    )


def _describe(lab: Lab, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = lab.client("sagemaker").describe_endpoint(EndpointName=name)
    except ClientError as error:
        if is_absent(error):
            return None
        raise
    return found


def _exists(describe: Any) -> bool:
    try:
        describe()
    except ClientError as error:
        if is_absent(error):
            return False
        raise
    return True


def _endpoint(lab: Lab, found: Mapping[str, Any]) -> Endpoint:
    variants = _variants(lab, found["EndpointConfigName"])
    instance_type = variants[0].get("InstanceType", "") if variants else ""
    instances = _instances(found, variants)
    price = prices.per_hour(prices.HOSTING, instance_type, lab.region)
    return Endpoint(
        name=found["EndpointName"],
        status=found["EndpointStatus"],
        config=found["EndpointConfigName"],
        instance_type=instance_type,
        instances=instances,
        usd_per_hour=None if price is None else price * instances,
        region=lab.region,
    )


def _instances(found: Mapping[str, Any], variants: Sequence[Mapping[str, Any]]) -> int:
    """Count an endpoint's instances: those it says it has, until then those that its configuration asks for.

    One at least: it is billed although its configuration is gone.
    """
    now = sum(variant.get("CurrentInstanceCount", 1) for variant in found.get("ProductionVariants", ()))
    return now or sum(variant.get("InitialInstanceCount", 1) for variant in variants) or 1


def _variants(lab: Lab, config: str) -> list[dict[str, Any]]:
    """Return a configuration's variants; none when it is gone, which its endpoint survives."""
    try:
        described = lab.client("sagemaker").describe_endpoint_config(EndpointConfigName=config)
    except ClientError as error:
        if is_absent(error):
            return []
        raise
    variants: list[dict[str, Any]] = described["ProductionVariants"]
    return variants
