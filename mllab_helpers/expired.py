"""Endpoints whose time is over and that are still there: found by their tags, and deleted.

Their schedule should have done it. It cannot where nobody may make schedules, or when the endpoint was being
changed at that very moment.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mllab_helpers import cleanup, deployment, resources
from mllab_helpers.aws_errors import translate
from mllab_helpers.errors import LabError
from mllab_helpers.expiry import expires_at
from mllab_helpers.lab import Lab
from mllab_helpers.resource_listing import listed
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from collections.abc import Iterator


@translate()
def delete_expired(lab: Lab) -> list[str]:
    """Delete a student's endpoints that have expired, with their schedules and alarms; return their names."""
    lab = resources.whose(lab)
    expired = list(_find(lab))
    for name in expired:
        deployment.delete_endpoint(lab, name)
    return expired


def _find(lab: Lab) -> Iterator[str]:
    for found in listed(lab, "list_endpoints", "Endpoints", "EndpointName"):
        moment = expires_at(lab, found["EndpointName"])
        if moment is not None and moment <= lab.clock.now():
            yield found["EndpointName"]


def run_expired(backend: str, student: str | None, region: str | None, language: str | None) -> int:
    """Do what `mllab clean --expired` does; the exit code is 0 when nothing that has expired is left."""
    try:
        student = student or cleanup.only_student(backend)
        if student is None:
            print(say("cleanup.nothing_local"))
            return 0
        lab = Lab.open(backend=backend, student=student, region=region, language=language)
        print(lab)
        deleted = delete_expired(lab)
        for name in deleted:
            print(say("expiry.deleted", endpoint=name))
        if not deleted:
            print(say("expiry.none"))
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    return 0
