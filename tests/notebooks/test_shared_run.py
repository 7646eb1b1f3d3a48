"""Two learners who run the same notebook at the same time, as from two terminals, on one local AWS."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from mllab_helpers.runner.local_aws import fresh_local_aws
from mllab_localaws import daemon


def test_two_runs_at_the_same_time_prepare_two_labs(tmp_path):
    with fresh_local_aws() as environment:
        runs = {}
        for student in ("ana", "luis"):
            command = [sys.executable, "-m", "mllab_helpers.cli", "run", "--backend", "local", "--shared"]
            command += ["--student", student, "--only", "01", "--output", str(tmp_path / student)]
            runs[student] = subprocess.Popen(
                command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
            )
        said = {student: run.communicate()[0] for student, run in runs.items()}
        assert {student: run.returncode for student, run in runs.items()} == {"ana": 0, "luis": 0}, said
        connection = daemon.status(Path(environment["MLLAB_LOCAL_HOME"]))
        assert connection is not None
        notes = {folder.name.rpartition("-")[2] for folder in (connection.home / "lab").iterdir()}
        assert notes == {"ana", "luis"}
