"""Model packages: the versions of a model package group, each with its artefact, metrics and approval."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import registry_names, registry_request, state_events, tags
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.registry_groups import find_group, next_version, versions_of
from mllab_localaws.sagemaker.registry_names import PACKAGE_KIND, package_arn
from mllab_localaws.sagemaker.users import user_context
from mllab_localaws.store import Record, Store
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import validation_error
from mllab_localaws.wire.validation import refuse_others

_LISTING = Listing(name="SortName")
_SUMMARY = (
    "ModelPackageName",
    "ModelPackageGroupName",
    "ModelPackageVersion",
    "ModelPackageArn",
    "ModelPackageDescription",
    "CreationTime",
    "ModelPackageStatus",
    "ModelApprovalStatus",
)
_UPDATED = (
    "ModelPackageArn",
    "ModelApprovalStatus",
    "ApprovalDescription",
    "CustomerMetadataProperties",
    "CustomerMetadataPropertiesToRemove",
    "ClientToken",
)
# What the record has beyond DescribeModelPackage, and what only an unversioned package's event has.
_OWN = ("ClientToken",)
_NOT_IN_EVENTS = (*_OWN, "ModelPackageName", "CreatedBy", "LastModifiedBy")


class ModelPackages(Service):
    """CreateModelPackage, DescribeModelPackage, ListModelPackages, UpdateModelPackage, DeleteModelPackage."""

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @operation
    def create_model_package(self, call: Call) -> Reply:
        """Register the next version of a group; a repeated `ClientToken` registers nothing new."""
        params, store = call.params, self._platform.store
        given = registry_request.check(params, self._platform.objects, call.caller)
        group = find_group(store, call.region, params["ModelPackageGroupName"])["ModelPackageGroupName"]
        token = params.get("ClientToken")
        for earlier in versions_of(store, call.region, group):
            if token and earlier.get("ClientToken") == token:
                return {"ModelPackageArn": earlier["ModelPackageArn"]}
        version, now = next_version(store, call.region, group), self._platform.clock.now()
        arn = package_arn(call.region, group, version)
        record = {
            "ModelApprovalStatus": "PendingManualApproval",
            **given,
            "ModelPackageName": group,
            "ModelPackageGroupName": group,
            "ModelPackageVersion": version,
            "ModelPackageArn": arn,
            "CreationTime": now,
            "CreatedBy": user_context(call.caller),
            "ModelPackageStatus": "Completed",
            "ModelPackageStatusDetails": {"ValidationStatuses": [], "ImageScanStatuses": []},
            "CertifyForMarketplace": False,
            **({"ClientToken": token} if token else {}),
        }
        store.insert(PACKAGE_KIND, call.region, _key(group, version), record)
        tags.attach(store, call.region, arn)
        self._publish(call.region, record)
        return {"ModelPackageArn": arn}

    @operation
    def describe_model_package(self, call: Call) -> Reply:
        """Return a version, by its ARN or as `<group>/<version>`."""
        record = find_package(self._platform.store, call.region, call.params["ModelPackageName"])
        return {member: value for member, value in record.items() if member not in _OWN}

    @operation
    def list_model_packages(self, call: Call) -> Reply:
        """Return versions of one group or of all, filtered and sorted."""
        params, store = call.params, self._platform.store
        if params.get("ModelPackageGroupName"):
            group = find_group(store, call.region, params["ModelPackageGroupName"])
            records = versions_of(store, call.region, group["ModelPackageGroupName"])
        else:
            # As on AWS, unversioned packages are listed unless a group or a type is given; there are none.
            of_groups = params.get("ModelPackageType") in ("Versioned", "Both")
            records = store.list(PACKAGE_KIND, call.region) if of_groups else []
        approval = params.get("ModelApprovalStatus")
        records = [
            {**each, "SortName": _key(each["ModelPackageGroupName"], each["ModelPackageVersion"])}
            for each in records
            if approval in (None, each["ModelApprovalStatus"])
        ]
        page, token = _LISTING.page(records, params)
        summaries = [{member: record[member] for member in _SUMMARY if member in record} for record in page]
        return {"ModelPackageSummaryList": summaries, **token}

    @operation
    def update_model_package(self, call: Call) -> Reply:
        """Approve or reject a version, or change what its owner notes about it."""
        params = call.params
        refuse_others(params, _UPDATED, "UpdateModelPackage")
        before = find_package(self._platform.store, call.region, params["ModelPackageArn"])
        now, by = self._platform.clock.now(), user_context(call.caller)
        after = self._platform.store.modify(
            PACKAGE_KIND,
            call.region,
            _key(before["ModelPackageGroupName"], before["ModelPackageVersion"]),
            lambda record: {**_changed(record, params), "LastModifiedTime": now, "LastModifiedBy": by},
        )
        if after is None:
            raise _not_found(before["ModelPackageArn"])
        if after["ModelApprovalStatus"] != before["ModelApprovalStatus"]:
            self._publish(call.region, after)
        return {"ModelPackageArn": after["ModelPackageArn"]}

    @operation
    def delete_model_package(self, call: Call) -> Reply:
        """Forget a version; its artefact stays, and models that were made of it go on."""
        store = self._platform.store
        record = find_package(store, call.region, call.params["ModelPackageName"])
        key = _key(record["ModelPackageGroupName"], record["ModelPackageVersion"])
        store.delete(PACKAGE_KIND, call.region, key)
        tags.detach(store, call.region, record["ModelPackageArn"])
        return {}

    def _publish(self, region: str, record: Record) -> None:
        detail = {member: value for member, value in record.items() if member not in _NOT_IN_EVENTS}
        arn = record["ModelPackageArn"]
        state_events.publish(self._platform, region, state_events.MODEL_PACKAGE, arn, detail)


def find_package(store: Store, region: str, name_or_arn: str) -> Record:
    """Return a version's record.

    Raises: AwsError: there is none.
    """
    group, _, version = registry_names.name_in(name_or_arn).partition("/")
    record = store.get(PACKAGE_KIND, region, _key(group, int(version))) if version.isdecimal() else None
    if record is None:
        raise _not_found(name_or_arn)
    return record


def approved_container(store: Store, region: str, name_or_arn: str) -> Record:
    """Return the container of a version that may be deployed.

    Raises: AwsError: `ValidationException`, there is no such version, or nobody has approved it.
    """
    record = find_package(store, region, name_or_arn)
    status = record["ModelApprovalStatus"]
    if status != "Approved":
        raise validation_error(
            f"Model package {record['ModelPackageArn']} has the approval status {status}. Only an Approved "
            "version can be deployed; approve it with UpdateModelPackage."
        )
    container: Record = record["InferenceSpecification"]["Containers"][0]
    return container


def _changed(record: Record, params: Mapping[str, Any]) -> Record:
    given = ("ModelApprovalStatus", "ApprovalDescription")
    record = {**record, **{member: params[member] for member in given if member in params}}
    notes = {**record.get("CustomerMetadataProperties", {}), **params.get("CustomerMetadataProperties", {})}
    for name in params.get("CustomerMetadataPropertiesToRemove", ()):
        notes.pop(name, None)
    record.pop("CustomerMetadataProperties", None)
    return {**record, **({"CustomerMetadataProperties": notes} if notes else {})}


def _key(group: str, version: int) -> str:
    # Padded, so that the tenth version follows the ninth.
    return f"{group.lower()}/{version:09}"


def _not_found(name_or_arn: str) -> Exception:
    return validation_error(f"Model Package {name_or_arn} does not exist.")
