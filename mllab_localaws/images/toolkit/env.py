"""The SM_* variables and command-line arguments that a learner's training script receives.

Names and forms: `sagemaker_training/environment.py`, `mapping.py` and `params.py` of
aws/sagemaker-training-toolkit.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from mllab_localaws.images.toolkit.http import available_cpus
from mllab_localaws.images.toolkit.layout import Layout, decode

PLATFORM_PREFIX = "sagemaker_"
DEFAULT_LOG_LEVEL = 20


def user_hyperparameters(layout: Layout) -> dict[str, Any]:
    """Return the hyperparameters meant for the script: all but those that speak to the toolkit."""
    raw = layout.hyperparameters()
    return {name: decode(value) for name, value in raw.items() if not name.startswith(PLATFORM_PREFIX)}


def arguments(hyperparameters: Mapping[str, Any]) -> list[str]:
    """Return `--name value ...`, sorted by name; a name of one letter gets one dash."""
    result: list[str] = []
    for name in sorted(hyperparameters):
        result += [f"--{name}" if len(name) > 1 else f"-{name}", str(hyperparameters[name])]
    return result


def variables(layout: Layout, program: str, framework_module: str) -> dict[str, str]:
    """Return the SM_* variables.

    Args:
        program: the script's file name.
        framework_module: the image's training module, `module:function`.
    """
    hyperparameters = user_hyperparameters(layout)
    raw = layout.hyperparameters()
    values = _values(layout, hyperparameters, program)
    values["framework_module"] = framework_module
    values["module_dir"] = decode(raw.get("sagemaker_submit_directory", "")) or str(layout.code)
    values["log_level"] = decode(raw.get("sagemaker_container_log_level", str(DEFAULT_LOG_LEVEL)))
    values["training_env"] = {
        **{name: value for name, value in values.items() if name not in ("hps", "user_args")},
        "hyperparameters": hyperparameters,
        "channel_input_dirs": {name: str(layout.channel(name)) for name in layout.channels()},
        "job_name": os.environ.get("TRAINING_JOB_NAME", ""),
    }
    for name in layout.channels():
        values[f"channel_{name}"] = str(layout.channel(name))
    for name, value in hyperparameters.items():
        values[f"hp_{name}"] = value
    return {f"SM_{name.upper().replace('-', '_')}": _text(value) for name, value in values.items()}


def _values(layout: Layout, hyperparameters: Mapping[str, Any], program: str) -> dict[str, Any]:
    resources = layout.resources()
    return {
        "hosts": resources["hosts"],
        "current_host": resources["current_host"],
        "network_interface_name": resources["network_interface_name"],
        "hps": dict(hyperparameters),
        "user_args": arguments(hyperparameters),
        "user_entry_point": program,
        "module_name": program.removesuffix(".py"),
        "framework_params": {},
        "resource_config": resources,
        "input_data_config": layout.channels(),
        "channels": sorted(layout.channels()),
        "input_dir": str(layout.root / "input"),
        "input_config_dir": str(layout.config),
        "model_dir": str(layout.model),
        "output_dir": str(layout.output),
        "output_data_dir": str(layout.output / "data"),
        "output_intermediate_dir": str(layout.output / "intermediate"),
        "num_cpus": available_cpus(),
        "num_gpus": 0,
    }


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)
