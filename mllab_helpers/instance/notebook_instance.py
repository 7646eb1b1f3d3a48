"""SageMaker notebook instances: create one, open it, stop it, delete it. Never the one that we are in.

https://docs.aws.amazon.com/sagemaker/latest/dg/nbi.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from mllab_helpers import progress
from mllab_helpers.aws_errors import is_absent, translate
from mllab_helpers.identity.propagation import when_role_is_ready
from mllab_helpers.instance import workbench
from mllab_helpers.instance.errors import InstanceFailed
from mllab_helpers.lab.clock import wait_until
from mllab_helpers.lab.instance import this_instance
from mllab_helpers.policies import LEARNER
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

VOLUME_GB = 5
_MOVING = frozenset({"Pending", "Stopping", "Updating", "Deleting"})
_LIMIT_SECONDS = 1200.0


@translate()
def ensure(lab: Lab, thing: str, *, instance_type: str = "ml.t3.medium") -> str:
    """Create a notebook instance, start it when it was stopped, or find it; wait until it has settled.

    It works in the learner's role, and installs the lab in the background (`workbench`).

    Returns: its name, `mllab-<student>-<thing>`; inside an instance the name of that one.
    Raises: OutOfOrder, LocalAwsForgot, NoBucket, NoProjectFiles; InstanceFailed: it does not start.
    """
    own = this_instance()
    if own is not None:
        return own.name
    sagemaker, name = lab.client("sagemaker"), lab.name(thing)
    found = _settle(lab, name)
    if found is not None and found["NotebookInstanceStatus"] == "InService":
        return name
    workbench.deliver(lab)
    config = workbench.ensure_config(lab, name)
    if found is not None:
        sagemaker.start_notebook_instance(NotebookInstanceName=name)
        return _in_service(lab, name)
    lab.note_creating("notebook-instance", name, instance_type)
    when_role_is_ready(
        lab,
        lambda: sagemaker.create_notebook_instance(
            NotebookInstanceName=name,
            InstanceType=instance_type,
            # Whoever works in it is the learner; a role that was given serves everybody.
            RoleArn=lab.recall("roles").get(LEARNER, lab.role_arn),
            VolumeSizeInGB=VOLUME_GB,
            LifecycleConfigName=config,
            Tags=lab.tags,
        ),
    )
    return _in_service(lab, name)


@translate()
def link(lab: Lab, name: str) -> str:
    """Return a link that opens an instance's JupyterLab. Whoever has it is let in: do not pass it on."""
    answer = lab.client("sagemaker").create_presigned_notebook_instance_url(NotebookInstanceName=name)
    return str(answer["AuthorizedUrl"])


@translate()
def stop(lab: Lab, name: str) -> None:
    """Stop a notebook instance, which ends its cost per hour, and wait; silent when it does not run.

    The instance that this code runs in goes on: it would not hear the answer.
    """
    found = _settle(lab, name)
    if found is None or found["NotebookInstanceStatus"] != "InService" or is_this_one(name):
        return
    lab.client("sagemaker").stop_notebook_instance(NotebookInstanceName=name)
    _settle(lab, name)


def is_this_one(name: str) -> bool:
    """Tell whether this code runs in the instance of that name."""
    own = this_instance()
    return own is not None and own.name == name


@translate()
def delete(lab: Lab, name: str) -> None:
    """Stop and delete a notebook instance, and wait; silent when there is none."""
    found = _settle(lab, name)
    if found is None:
        return
    # What was stopped before has cost nothing since; AWS tells the time of its last change alone.
    is_on = found["NotebookInstanceStatus"] == "InService"
    ended = lab.clock.now() if is_on else found["LastModifiedTime"].timestamp()
    stop(lab, name)
    lab.client("sagemaker").delete_notebook_instance(NotebookInstanceName=name)
    _settle(lab, name)
    lived = ended - found["CreationTime"].timestamp()
    lab.note_deleted("notebook-instance", name, found["InstanceType"], lived)


def _in_service(lab: Lab, name: str) -> str:
    found = _settle(lab, name)
    if found is not None and found["NotebookInstanceStatus"] == "Failed":
        raise InstanceFailed(name=name, reason=found.get("FailureReason", ""))
    return name


def _settle(lab: Lab, name: str) -> dict[str, Any] | None:
    """Wait until an instance has stopped changing; None when there is none."""
    found = _describe(lab, name)
    if found is None or found["NotebookInstanceStatus"] not in _MOVING:
        return found
    with progress.show(say("notebook_instance.waiting", name=name)) as shown:

        def look() -> dict[str, Any] | None:
            seen = _describe(lab, name)
            if seen is not None:
                shown.tell(seen["NotebookInstanceStatus"])
            return seen

        return wait_until(
            lab.clock,
            look,
            lambda seen: seen is None or seen["NotebookInstanceStatus"] not in _MOVING,
            what=name,
            pause=lab.pause,
            limit=_LIMIT_SECONDS,
        )


def _describe(lab: Lab, name: str) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = lab.client("sagemaker").describe_notebook_instance(NotebookInstanceName=name)
    except ClientError as error:
        if is_absent(error):
            return None
        raise
    return found
