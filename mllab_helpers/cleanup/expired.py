"""Endpoints whose time is over and that are still there: found by their tags, and deleted.

Their schedule should have done it. It cannot where nobody may make schedules, or when the endpoint was being
changed at that very moment.
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from mllab_helpers.aws_errors import is_absent, translate
from mllab_helpers.deployment import deployment, idle
from mllab_helpers.deployment.expiry import expires_at
from mllab_helpers.errors import LabError
from mllab_helpers.identity.roles import in_learners_role
from mllab_helpers.lab.lab import Lab
from mllab_helpers.lab.resource_listing import listed
from mllab_helpers.lab.who_works import in_lab
from mllab_helpers.texts import say


@translate()
def delete_expired(lab: Lab) -> list[str]:
    """Delete a student's endpoints that have expired, with their schedules; return their names.

    The alarms go as well, those of endpoints that their schedule has deleted included.

    Raises: LabError: the first reason why one could not be deleted; the others are, by then.
    """
    lab = in_learners_role(lab)
    left = {found["EndpointName"] for found in listed(lab, "list_endpoints", "Endpoints", "EndpointName")}
    deleted, problems = list[str](), list[LabError]()
    for name in sorted(left):
        try:
            moment = expires_at(lab, name)
            if moment is not None and moment <= lab.clock.now():
                deployment.delete_endpoint(lab, name)
                deleted.append(name)
        except LabError as error:  # one that refuses does not keep the others running
            if not (isinstance(error.__cause__, ClientError) and is_absent(error.__cause__)):
                problems.append(error)
    idle.delete_alarms_but(lab, left - set(deleted))
    if problems:
        raise problems[0]
    return deleted


def run_expired(backend: str, student: str | None, region: str | None, language: str | None) -> int:
    """Do what `mllab clean --expired` does; the exit code is 0 when nothing that has expired is left."""

    def clean(lab: Lab) -> None:
        deleted = delete_expired(lab)
        for name in deleted:
            print(say("expiry.deleted", endpoint=name))
        if not deleted:
            print(say("expiry.none"))

    return in_lab(clean, backend, student, region, language)
