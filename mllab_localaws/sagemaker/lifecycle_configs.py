"""Lifecycle configurations of notebook instances: shell scripts, which `notebook_machine` runs."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import tags
from mllab_localaws.sagemaker.arns import arn
from mllab_localaws.sagemaker.listing import Listing
from mllab_localaws.store import AlreadyExistsError, Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, validation_error

KIND = "notebook-instance-lifecycle-config"
_NAME = "NotebookInstanceLifecycleConfigName"
_ARN = "NotebookInstanceLifecycleConfigArn"
_SCRIPTS = ("OnCreate", "OnStart")
_LISTING = Listing(name=_NAME)


class LifecycleConfigs(Service):
    """Create, Describe, List, Update and Delete lifecycle configurations."""

    name = "sagemaker"

    def __init__(self, platform: Platform) -> None:
        self._store = platform.store
        self._clock = platform.clock

    @operation
    def create_notebook_instance_lifecycle_config(self, call: Call) -> Reply:
        """Keep the scripts.

        Raises: AwsError: `ValidationException`, the name is taken or a script is not base64.
        """
        name, now = call.params[_NAME], self._clock.now()
        config_arn = arn(call.region, KIND, name)
        record = {_NAME: name, _ARN: config_arn, "CreationTime": now, "LastModifiedTime": now}
        scripts, new_tags = _scripts(call.params), call.params.get("Tags", [])
        tags.check(new_tags)
        try:
            self._store.insert(KIND, call.region, name.lower(), {**record, **scripts})
        except AlreadyExistsError as error:
            raise _refusal("create", config_arn, "already exists") from error
        tags.attach(self._store, call.region, config_arn, new_tags)
        return {_ARN: config_arn}

    @operation
    def describe_notebook_instance_lifecycle_config(self, call: Call) -> Reply:
        """Return one configuration with its scripts."""
        return self._record(call, "describe")

    @operation
    def list_notebook_instance_lifecycle_configs(self, call: Call) -> Reply:
        """Return summaries, filtered and sorted."""
        page, token = _LISTING.page(self._store.list(KIND, call.region), call.params)
        return {"NotebookInstanceLifecycleConfigs": page, **token}

    @operation
    def update_notebook_instance_lifecycle_config(self, call: Call) -> Reply:
        """Replace the scripts that the request gives."""
        self._record(call, "update")
        changes = {**_scripts(call.params), "LastModifiedTime": self._clock.now()}
        self._store.update(KIND, call.region, call.params[_NAME].lower(), **changes)
        return {}

    @operation
    def delete_notebook_instance_lifecycle_config(self, call: Call) -> Reply:
        """Forget a configuration."""
        record = self._record(call, "delete")
        self._store.delete(KIND, call.region, record[_NAME].lower())
        tags.detach(self._store, call.region, record[_ARN])
        return {}

    def _record(self, call: Call, verb: str) -> Record:
        name = call.params[_NAME]
        record = self._store.get(KIND, call.region, name.lower())
        if record is None:
            raise _refusal(verb, arn(call.region, KIND, name), "does not exist")
        return record


def _scripts(params: Mapping[str, Any]) -> Record:
    """Return the scripts of a request; SageMaker takes them base64-encoded."""
    scripts = {member: params[member] for member in _SCRIPTS if params.get(member)}
    for member, hooks in scripts.items():
        try:
            base64.b64decode(hooks[0].get("Content", ""), validate=True)
        except (binascii.Error, ValueError) as error:
            raise validation_error(f"{member} must be a base64-encoded script.") from error
    return scripts


def _refusal(verb: str, config_arn: str, why: str) -> AwsError:
    return validation_error(
        f"Unable to {verb} Notebook Instance Lifecycle Config '{config_arn}'. "
        f"(Details: Notebook Instance Lifecycle Config {why}.)"
    )
