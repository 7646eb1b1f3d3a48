"""IAM: the execution role and what it may do. All roles are in `roles`, a school account's in `given`."""

from __future__ import annotations

from mllab_helpers.identity.identity import (
    compare_policies,
    could,
    delete_role,
    ensure_execution_role,
    explain_policy,
    trust_policy,
)

__all__ = [
    "compare_policies",
    "could",
    "delete_role",
    "ensure_execution_role",
    "explain_policy",
    "trust_policy",
]
