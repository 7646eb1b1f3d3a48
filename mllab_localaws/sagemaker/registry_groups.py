"""Model package groups: a registered model, whose versions are model packages.

Contract: `docs/local-aws.md`; the texts of errors are those of AWS where they are known.
"""

from __future__ import annotations

from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import registry_names, tags
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.registry_names import GROUP_KIND, PACKAGE_KIND, group_arn
from mllab_localaws.sagemaker.users import user_context
from mllab_localaws.store import AlreadyExistsError, Record, Store
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error
from mllab_localaws.wire.validation import refuse_others

_LISTING = Listing(name="ModelPackageGroupName")
_MEMBERS = ("ModelPackageGroupName", "ModelPackageGroupDescription", "Tags")
_SUMMARY = (
    "ModelPackageGroupName",
    "ModelPackageGroupArn",
    "ModelPackageGroupDescription",
    "CreationTime",
    "ModelPackageGroupStatus",
)


class ModelPackageGroups(Service):
    """CreateModelPackageGroup, DescribeModelPackageGroup, ListModelPackageGroups, DeleteModelPackageGroup."""

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @operation
    def create_model_package_group(self, call: Call) -> Reply:
        """Remember a group that has no version yet."""
        params, name = call.params, call.params["ModelPackageGroupName"]
        refuse_others(params, _MEMBERS, "CreateModelPackageGroup")
        tags.check(params.get("Tags", ()))
        arn = group_arn(call.region, name)
        described = params.get("ModelPackageGroupDescription")
        record = {
            "ModelPackageGroupName": name,
            "ModelPackageGroupArn": arn,
            **({"ModelPackageGroupDescription": described} if described else {}),
            "CreationTime": self._platform.clock.now(),
            "CreatedBy": user_context(call.caller),
            "ModelPackageGroupStatus": "Completed",
            "LatestVersion": 0,
        }
        try:
            self._platform.store.insert(GROUP_KIND, call.region, name.lower(), record)
        except AlreadyExistsError as error:
            raise validation_error(f"Model Package Group already exists: {arn}") from error
        tags.attach(self._platform.store, call.region, arn, params.get("Tags", ()))
        return {"ModelPackageGroupArn": arn}

    @operation
    def describe_model_package_group(self, call: Call) -> Reply:
        """Return a group."""
        return _described(find_group(self._platform.store, call.region, call.params["ModelPackageGroupName"]))

    @operation
    def list_model_package_groups(self, call: Call) -> Reply:
        """Return groups, filtered and sorted."""
        if call.params.get("CrossAccountFilterOption") == "CrossAccount":
            return {"ModelPackageGroupSummaryList": []}
        records = self._platform.store.list(GROUP_KIND, call.region)
        page, token = _LISTING.page(records, call.params)
        summaries = [{member: record[member] for member in _SUMMARY if member in record} for record in page]
        return {"ModelPackageGroupSummaryList": summaries, **token}

    @operation
    def delete_model_package_group(self, call: Call) -> Reply:
        """Forget a group that has no versions.

        Raises: AwsError: `ConflictException`, it has versions.
        """
        store = self._platform.store
        record = find_group(store, call.region, call.params["ModelPackageGroupName"])
        name, arn = record["ModelPackageGroupName"], record["ModelPackageGroupArn"]
        versions = [each["ModelPackageVersion"] for each in versions_of(store, call.region, name)]
        if versions:
            raise AwsError(
                "ConflictException",
                f"Model Package Group {arn} cannot be deleted because it still contains model packages "
                f"(versions {', '.join(map(str, versions))}). Delete them first.",
            )
        store.delete(GROUP_KIND, call.region, name.lower())
        tags.detach(store, call.region, arn)
        return {}


def find_group(store: Store, region: str, name_or_arn: str) -> Record:
    """Return a group's record.

    Raises: AwsError: there is none.
    """
    name = registry_names.name_in(name_or_arn)
    record = store.get(GROUP_KIND, region, name.lower())
    if record is None:
        raise validation_error(f"Model Package Group {group_arn(region, name)} does not exist.")
    return record


def next_version(store: Store, region: str, name: str) -> int:
    """Return the number of a group's next version; a number is never used twice.

    Raises: AwsError: the group is gone.
    """

    def counted(record: Record) -> Record:
        return {**record, "LatestVersion": record["LatestVersion"] + 1}

    record = store.modify(GROUP_KIND, region, name.lower(), counted)
    if record is None:
        raise validation_error(f"Model Package Group {group_arn(region, name)} does not exist.")
    return int(record["LatestVersion"])


def versions_of(store: Store, region: str, name: str) -> list[Record]:
    """Return a group's model packages, oldest first."""
    versions = [
        record
        for record in store.list(PACKAGE_KIND, region)
        if record["ModelPackageGroupName"].lower() == name.lower()
    ]
    return sorted(versions, key=lambda record: int(record["ModelPackageVersion"]))


def _described(record: Record) -> dict[str, Any]:
    return {member: value for member, value in record.items() if member != "LatestVersion"}
