"""Notebook instances: AWS's statuses and rules, and behind each a machine with JupyterLab."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mllab_localaws import quotas
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import lifecycle_configs, tags
from mllab_localaws.sagemaker.arns import arn
from mllab_localaws.sagemaker.limits import room_for
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.sagemaker.notebook_credentials import InstanceCredentials
from mllab_localaws.sagemaker.notebook_machines import KIND, NAME, STATUS, Machines
from mllab_localaws.sagemaker.roles import check_execution_role
from mllab_localaws.store import AlreadyExistsError, Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import validation_error
from mllab_localaws.wire.validation import refuse_others

_LISTING = Listing(name=NAME, status=STATUS, sort_by="Name")
_DEFAULTS = {
    "DirectInternetAccess": "Enabled",
    "VolumeSizeInGB": 5,
    "RootAccess": "Enabled",
    "PlatformIdentifier": "notebook-al2023-v1",
    "InstanceMetadataServiceConfiguration": {"MinimumInstanceMetadataServiceVersion": "2"},
}
# Members of a request under the names that Describe gives them.
_RENAMED = {
    "LifecycleConfigName": "NotebookInstanceLifecycleConfigName",
    "SecurityGroupIds": "SecurityGroups",
}
_DISASSOCIATE = {
    "DisassociateLifecycleConfig": "NotebookInstanceLifecycleConfigName",
    "DisassociateAcceleratorTypes": "AcceleratorTypes",
    "DisassociateDefaultCodeRepository": "DefaultCodeRepository",
    "DisassociateAdditionalCodeRepositories": "AdditionalCodeRepositories",
}


class NotebookInstances(Service):
    """Create, Describe, List, Start, Stop, Update and Delete notebook instances, and open their JupyterLab.

    Attributes:
        machines: what runs behind them.
        credentials: the door at which their programs get the credentials of their role.
    """

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._store = platform.store
        self.machines = Machines(platform)
        self.credentials = InstanceCredentials(platform, self.machines.with_token)

    def close(self) -> None:
        """Switch all of them off."""
        self.machines.close()

    @operation
    def create_notebook_instance(self, call: Call) -> Reply:
        """Start a new instance, which is Pending until its JupyterLab answers.

        Raises: AwsError: `ResourceLimitExceeded`; `ValidationException`, a name is taken, or a role or
            configuration is missing.
        """
        name, now = call.params[NAME], self._platform.clock.now()
        instance_arn = arn(call.region, KIND, name)
        settings, new_tags = _settings(call.params), call.params.get("Tags", [])
        self._check(settings, call.region)
        tags.check(new_tags)
        record = {
            **_DEFAULTS,
            **settings,
            "NotebookInstanceArn": instance_arn,
            STATUS: "Pending",
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        try:
            with room_for(self._platform, call.region, quotas.NOTEBOOK, {record["InstanceType"]: 1}):
                self._store.insert(KIND, call.region, name.lower(), record)
        except AlreadyExistsError as error:
            raise validation_error(f"Cannot create a duplicate Notebook Instance ({instance_arn})") from error
        tags.attach(self._store, call.region, instance_arn, new_tags)
        self.machines.start(call.region, record, ("OnCreate", "OnStart"))
        return {"NotebookInstanceArn": instance_arn}

    @operation
    def describe_notebook_instance(self, call: Call) -> Reply:
        """Return one instance."""
        return self._record(call)

    @operation
    def list_notebook_instances(self, call: Call) -> Reply:
        """Return summaries, filtered and sorted."""
        records = [each for each in self._store.list(KIND, call.region) if _matches(each, call.params)]
        page, token = _LISTING.page(records, call.params)
        return {"NotebookInstances": page, **token}

    @operation
    def start_notebook_instance(self, call: Call) -> Reply:
        """Start a stopped instance."""
        wanted = {self._record(call)["InstanceType"]: 1}
        with room_for(self._platform, call.region, quotas.NOTEBOOK, wanted):
            record = self._move(call, ("Stopped", "Failed"), "Pending", dropped={"FailureReason"})
        self.machines.start(call.region, record, ("OnStart",))
        return {}

    @operation
    def stop_notebook_instance(self, call: Call) -> Reply:
        """Stop an instance in service."""
        self.machines.stop(call.region, self._move(call, ("InService",), "Stopping"))
        return {}

    @operation
    def update_notebook_instance(self, call: Call) -> Reply:
        """Change a stopped instance's settings."""
        settings = _settings(call.params)
        self._check(settings, call.region)
        dropped = {member for flag, member in _DISASSOCIATE.items() if call.params.get(flag)}
        record = self._move(call, ("Stopped", "Failed"), "Updating", settings, dropped)
        self.machines.stop(call.region, record)
        return {}

    @operation
    def delete_notebook_instance(self, call: Call) -> Reply:
        """Delete a stopped instance."""
        record = self._move(call, ("Stopped", "Failed"), "Deleting")
        tags.detach(self._store, call.region, record["NotebookInstanceArn"])
        self.machines.delete(call.region, record)
        return {}

    @operation
    def create_presigned_notebook_instance_url(self, call: Call) -> Reply:
        """Return a URL that opens the instance's JupyterLab, for as long as the instance runs.

        Raises: AwsError: `ValidationException`, it is not in service, or a session is to end by itself.
        """
        refuse_others(call.params, (NAME,), call.operation)
        record = self._record(call)
        machine = self.machines.find(call.region, record[NAME])
        if machine is None or record[STATUS] != "InService":
            raise validation_error(
                f"Status ({record[STATUS]}) not in ([InService]). Unable to create a presigned URL for "
                f"Notebook Instance ({record['NotebookInstanceArn']})."
            )
        return {"AuthorizedUrl": machine.authorized_url}

    def _move(
        self,
        call: Call,
        allowed: tuple[str, ...],
        status: str,
        settings: Mapping[str, Any] | None = None,
        dropped: set[str] | None = None,
    ) -> Record:
        self._record(call)

        def moved(record: Record) -> Record:
            if record[STATUS] not in allowed:
                raise validation_error(
                    f"Status ({record[STATUS]}) not in ([{', '.join(allowed)}]). Unable to transition to "
                    f"({status}) for Notebook Instance ({record['NotebookInstanceArn']})."
                )
            kept = {member: value for member, value in record.items() if member not in (dropped or ())}
            now = self._platform.clock.now()
            return {**kept, **(settings or {}), STATUS: status, "LastModifiedTime": now}

        record = self._store.modify(KIND, call.region, call.params[NAME].lower(), moved)
        return record if record is not None else self._record(call)

    def _record(self, call: Call) -> Record:
        record = self._store.get(KIND, call.region, call.params[NAME].lower())
        if record is None:
            raise validation_error("RecordNotFound")
        return record

    def _check(self, settings: Record, region: str) -> None:
        if "RoleArn" in settings:
            check_execution_role(self._platform, settings["RoleArn"])
        config = settings.get("NotebookInstanceLifecycleConfigName")
        if config and self._store.get(lifecycle_configs.KIND, region, config.lower()) is None:
            config_arn = arn(region, lifecycle_configs.KIND, config)
            raise validation_error(f"Notebook Instance Lifecycle Config '{config_arn}' does not exist.")


def _settings(params: Mapping[str, Any]) -> Record:
    return {
        _RENAMED.get(member, member): value
        for member, value in params.items()
        if member != "Tags" and member not in _DISASSOCIATE and value not in (None, [], "")
    }


def _matches(record: Record, params: Mapping[str, Any]) -> bool:
    config = params.get("NotebookInstanceLifecycleConfigNameContains", "")
    repository = params.get("DefaultCodeRepositoryContains", "")
    additional = params.get("AdditionalCodeRepositoryEquals")
    return (
        config in record.get("NotebookInstanceLifecycleConfigName", "")
        and repository in record.get("DefaultCodeRepository", "")
        and (additional is None or additional in record.get("AdditionalCodeRepositories", []))
    )
