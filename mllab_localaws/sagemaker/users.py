"""Who created or changed a resource, as SageMaker describes it."""

from __future__ import annotations

from mllab_localaws.caller import Caller
from mllab_localaws.store import Record


def user_context(caller: Caller) -> Record:
    """Return the `CreatedBy` or `LastModifiedBy` of what a caller does outside of Studio."""
    return {"IamIdentity": {"Arn": caller.arn, "PrincipalId": caller.arn.rpartition("/")[2]}}
