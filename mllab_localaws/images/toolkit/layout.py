"""The directory that AWS's platform and a container agree on, `/opt/ml`.

Paths: Amazon SageMaker AI Developer Guide, "How Amazon SageMaker AI Provides Training Information".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ML_ROOT = "/opt/ml"


@dataclass(frozen=True)
class Layout:
    """Where things are below one `/opt/ml`.

    Args: root: the directory that stands for `/opt/ml`.
    """

    root: Path

    @property
    def config(self) -> Path:
        """JSON files that describe the job."""
        return self.root / "input" / "config"

    @property
    def model(self) -> Path:
        """What becomes `model.tar.gz`; unpacked again where the model is served."""
        return self.root / "model"

    @property
    def output(self) -> Path:
        """Where `failure` is written; `output/data` becomes `output.tar.gz`."""
        return self.root / "output"

    @property
    def code(self) -> Path:
        """Where a learner's own source directory is unpacked."""
        return self.root / "code"

    def channel(self, name: str) -> Path:
        """Return the directory of an input channel."""
        return self.root / "input" / "data" / name

    def resolve(self, path: str) -> Path:
        """Return where a path of the container lies: `/opt/ml/...` means below `root`."""
        if path == ML_ROOT or path.startswith(f"{ML_ROOT}/"):
            return self.root / path[len(ML_ROOT) + 1 :]
        return Path(path)

    def hyperparameters(self) -> dict[str, str]:
        """Return the request's hyperparameters, all strings."""
        return self._read("hyperparameters.json")

    def channels(self) -> dict[str, dict[str, Any]]:
        """Return the description of each input channel by its name."""
        return self._read("inputdataconfig.json")

    def resources(self) -> dict[str, Any]:
        """Return the cluster: current_host, hosts, network_interface_name."""
        return {
            "current_host": "algo-1",
            "hosts": ["algo-1"],
            "network_interface_name": "eth0",
            **self._read("resourceconfig.json"),
        }

    def checkpoints(self) -> dict[str, str]:
        """Return the checkpoint configuration; empty without one."""
        return self._read("checkpointconfig.json")

    def _read(self, name: str) -> dict[str, Any]:
        path = self.config / name
        content: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        return content


def decode(value: str) -> Any:
    """Return a hyperparameter's JSON value, or the string itself when it is not JSON.

    The SDK writes some values as JSON and some as they are, and the toolkit accepts both.
    """
    try:
        return json.loads(value)
    except ValueError:
        return value
