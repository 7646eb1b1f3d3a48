"""Script mode training: runs the learner's program as AWS's training toolkit does.

Command, environment and failure text: `sagemaker_training/entry_point.py`, `process.py` and `errors.py` of
aws/sagemaker-training-toolkit.
"""

from __future__ import annotations

import logging
import os
import shlex
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from mllab_localaws.images.toolkit import env, source
from mllab_localaws.images.toolkit.errors import ScriptError
from mllab_localaws.images.toolkit.layout import Layout, decode

MESSAGE_LIMIT = 600  # of the 1,024 characters of a FailureReason

logger = logging.getLogger(__name__)


def is_wanted(layout: Layout) -> bool:
    """Say whether the request names a program."""
    return "sagemaker_program" in layout.hyperparameters()


def train(layout: Layout, framework_module: str) -> None:
    """Run the program named by the hyperparameters until it ends.

    Args: framework_module: what SM_FRAMEWORK_MODULE says.
    Raises: UserError: there is nothing to run. ScriptError: the program failed.
    """
    raw = layout.hyperparameters()
    program = str(decode(raw["sagemaker_program"]))
    submitted = raw.get("sagemaker_submit_directory")
    directory = source.prepare(layout, None if submitted is None else str(decode(submitted)), program)
    variables = env.variables(layout, program, framework_module)
    logger.info("Invoking user script\n\nTraining Env:\n\n%s\n", variables["SM_TRAINING_ENV"])
    command = [*_interpreter(program), *env.arguments(env.user_hyperparameters(layout))]
    logger.info("Invoking script with the following command:\n\n%s\n", shlex.join(command))
    code, errors = _run(command, directory, variables)
    if code:
        raise ScriptError(shlex.join(command), code, last_words(errors))


def last_words(errors: list[str]) -> str:
    """Return the error message at the end of a script's stderr: from its last unindented line on."""
    lines = [line.rstrip("\n") for line in errors if line.strip()]
    start = next((i for i in range(len(lines) - 1, -1, -1) if not lines[i].startswith((" ", "\t"))), 0)
    return "\n".join(lines[start:])[:MESSAGE_LIMIT]


def _interpreter(program: str) -> list[str]:
    if not program.endswith(".sh"):
        return [sys.executable, program]
    script = shlex.quote(program)
    return ["/bin/sh", "-c", f'chmod +x {script} && ./{script} "$@"', program]


def _run(command: list[str], directory: Path, variables: dict[str, str]) -> tuple[int, list[str]]:
    process = subprocess.Popen(
        command,
        cwd=directory,
        env={**_inherited(), **variables, "PYTHONPATH": _python_path(directory)},
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    )
    signal.signal(signal.SIGTERM, lambda number, _: process.send_signal(number))
    errors: list[str] = []
    assert process.stderr is not None
    reader = threading.Thread(target=_pass_on, args=(process.stderr, errors))
    reader.start()
    code = process.wait()
    reader.join(timeout=5)
    return code if code >= 0 else 128 - code, errors


def _inherited() -> dict[str, str]:
    # Short spinning, as in algorithm mode: a script that imports xgboost has the same busy neighbours.
    return {"GOMP_SPINCOUNT": "10000", "PYTHONUNBUFFERED": "1", **os.environ}


def _python_path(directory: Path) -> str:
    existing = os.environ.get("PYTHONPATH")
    return os.pathsep.join([str(directory), *([existing] if existing else [])])


def _pass_on(stream: IO[str], kept: list[str]) -> None:
    for line in stream:
        sys.stderr.write(line)
        sys.stderr.flush()
        kept.append(line)
        del kept[:-200]
