"""`constraints.json`: what a data set like this one should look like.

Schema: https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-constraints.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mllab_localaws.images.model_monitor.columns import NUMERIC, STRING, Column


def suggest(columns: Sequence[Column], categorical_drift_method: str | None) -> dict[str, Any]:
    """Return the constraints that these columns meet."""
    return {
        "version": 0.0,
        "features": [
            {
                "name": each.name,
                "inferred_type": each.inferred_type,
                "completeness": each.completeness,
                **_of_values(each),
            }
            for each in columns
        ],
        "monitoring_config": {
            "evaluate_constraints": "Enabled",
            "emit_metrics": "Enabled",
            "datatype_check_threshold": 1.0,
            "domain_content_threshold": 1.0,
            "distribution_constraints": {
                "perform_comparison": "Enabled",
                "comparison_threshold": 0.1,
                "comparison_method": "Robust",
                "categorical_comparison_threshold": 0.1,
                "categorical_drift_method": categorical_drift_method or "LInfinity",
            },
        },
    }


def config_of(constraints: Mapping[str, Any], feature: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the monitoring configuration of one feature: the common one, and what the feature overrides."""
    common = constraints.get("monitoring_config", {})
    own = feature.get("monitoring_config_overrides", {})
    distribution = {
        **common.get("distribution_constraints", {}),
        **own.get("distribution_constraints", {}),
    }
    return {**common, **own, "distribution_constraints": distribution}


def _of_values(column: Column) -> dict[str, Any]:
    if column.inferred_type in NUMERIC:
        return {"num_constraints": {"is_non_negative": bool(np.min(column.numbers) >= 0)}}
    if column.inferred_type == STRING and column.categories is not None:
        return {"string_constraints": {"domains": list(column.categories)}}
    return {}
