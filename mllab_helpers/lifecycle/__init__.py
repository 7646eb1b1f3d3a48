"""A model after its first training: executions of the pipeline, the registry, approval.

The pipeline itself is in `retraining`, what an approval starts in `roll_out`.
"""

from __future__ import annotations

from mllab_helpers.lifecycle.lifecycle import (
    champion_artefact,
    ensure_package_group,
    executions,
    latest_package,
    packages,
    read_evaluation,
    steps_table,
    wait_for_execution,
    wait_for_roll_out,
    wait_for_start,
)

__all__ = [
    "champion_artefact",
    "ensure_package_group",
    "executions",
    "latest_package",
    "packages",
    "read_evaluation",
    "steps_table",
    "wait_for_execution",
    "wait_for_roll_out",
    "wait_for_start",
]
