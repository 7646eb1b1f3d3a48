"""Runs Model Monitor's analyzer as a process in a temporary /opt/ml, as the platform runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CSV = {"csv": {"header": True, "output_columns_position": "START"}}
CAPTURE = {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}
SOURCE, OUTPUT = "/opt/ml/processing/input/data", "/opt/ml/processing/output"
BASELINE = "/opt/ml/processing/input/baseline"


@dataclass(frozen=True)
class Analysis:
    """How an analysis ended."""

    code: int
    log: str
    message: str
    output: Path
    metrics: Sequence[Mapping[str, Any]]

    def report(self, name: str) -> Any:
        return json.loads((self.output / f"{name}.json").read_text())

    def feature(self, name: str, report: str = "statistics") -> Any:
        return next(each for each in self.report(report)["features"] if each["name"] == name)

    @property
    def violations(self) -> list[tuple[str, str]]:
        found = self.report("constraint_violations")["violations"]
        return [(each["feature_name"], each["constraint_check_type"]) for each in found]

    def description(self, kind: str) -> str:
        found = self.report("constraint_violations")["violations"]
        return next(str(each["description"]) for each in found if each["constraint_check_type"] == kind)


class Monitor:
    """One /opt/ml, used for one analysis after the other."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, path: str, content: str | bytes) -> None:
        """Write a file below /opt/ml/processing/input."""
        target = self.root / "processing" / "input" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    def run(self, data: str | bytes | None, dataset_format: Any = CSV, /, **environment: str) -> Analysis:
        """Analyse one file."""
        directory = self.root / "processing" / "input" / "data"
        directory.mkdir(parents=True, exist_ok=True)
        if data is not None:
            self.put("data/data", data)
        variables = {
            "PATH": os.environ["PATH"],
            "dataset_format": json.dumps(dataset_format),
            "dataset_source": SOURCE,
            "output_path": OUTPUT,
            **environment,
        }
        module = "mllab_localaws.images.model_monitor"
        done = subprocess.run(
            [sys.executable, "-m", module, "--root", str(self.root)],
            env=variables,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        metrics = self.root / "output" / "metrics" / "cloudwatch"
        return Analysis(
            done.returncode,
            done.stdout + done.stderr,
            (self.root / "output" / "message").read_text(),
            self.root / "processing" / "output",
            [json.loads(line) for line in metrics.read_text().splitlines()] if metrics.exists() else [],
        )

    def baseline(self, data: str, **environment: str) -> Analysis:
        """Suggest a baseline from CSV and keep it for `check`."""
        done = self.run(data, **environment)
        assert done.code == 0, done.log
        for name in ("constraints", "statistics"):
            self.put(f"baseline/{name}.json", json.dumps(done.report(name)))
        return done

    def check(self, data: str, dataset_format: Any = CSV, **environment: str) -> Analysis:
        """Hold data against the baseline."""
        files = {f"baseline_{name}": f"{BASELINE}/{name}.json" for name in ("constraints", "statistics")}
        done = self.run(data, dataset_format, **{**files, **environment})
        assert done.code == 0, done.log
        return done

    def configure(self, **changes: Any) -> None:
        """Change the baseline's monitoring configuration."""
        path = self.root / "processing" / "input" / "baseline" / "constraints.json"
        document = json.loads(path.read_text())
        distribution = changes.pop("distribution_constraints", {})
        document["monitoring_config"].update(changes)
        document["monitoring_config"]["distribution_constraints"].update(distribution)
        path.write_text(json.dumps(document))


def csv(names: Sequence[str], *columns: Sequence[Any]) -> str:
    """Return CSV text with a header."""
    rows = [",".join(str(value) for value in row) for row in zip(*columns, strict=True)]
    return "\n".join([",".join(names), *rows]) + "\n"


def captured(request: str, answer: str | None, encoding: str = "CSV", **halves: str) -> str:
    """Return one line of captured data."""
    data = {"endpointInput": _half("INPUT", request, halves.get("input_encoding", encoding))}
    if answer is not None:
        data["endpointOutput"] = _half("OUTPUT", answer, encoding)
    metadata = {"eventId": "e", "inferenceTime": "2026-11-24T10:00:00Z", "customAttributes": ["a"]}
    return json.dumps({"captureData": data, "eventMetadata": metadata, "eventVersion": "0"}) + "\n"


def _half(mode: str, data: str, encoding: str) -> dict[str, str]:
    return {"observedContentType": "text/csv", "mode": mode, "data": data, "encoding": encoding}
