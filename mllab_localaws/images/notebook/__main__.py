"""What a notebook instance does from being switched on to being switched off.

Lifecycle scripts first, each for its time at most, then JupyterLab, which is started again when it ends. Each
line of output begins with the log stream that it belongs to. What a script leaves in the background goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

JUPYTER_LOG = "jupyter.log"
# The exit code that says that a script failed, or took too long.
SCRIPT_FAILED = 93
_LAST_LINES_SECONDS = 1.0
_STOP_SECONDS = 3.0
# Who ends sooner would only end again.
_SHORTEST_LIFE_SECONDS = 10.0
_writing = threading.Lock()


def main() -> int:
    """Run what the command line names; SIGTERM ends it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--script", action="append", default=[], metavar="HOOK=PATH")
    parser.add_argument("--script-path", required=True, help="PATH of the scripts")
    parser.add_argument("--script-seconds", type=float, required=True, help="how long each may take")
    parser.add_argument("--python", required=True, help="which one runs JupyterLab")
    parser.add_argument("--folder", type=Path, required=True, help="what JupyterLab shows")
    parser.add_argument("--port", type=int, required=True)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    for hook, _, script in (each.partition("=") for each in chosen.script):
        if not run_script(hook, script, chosen.script_path, chosen.script_seconds):
            return SCRIPT_FAILED
    return serve(chosen.python, chosen.folder, chosen.port)


def run_script(hook: str, script: str, search_path: str, seconds: float) -> bool:
    """Run a lifecycle script and say whether it succeeded in its time.

    Args: hook: `OnCreate` or `OnStart`; search_path: of its commands.
    """
    # The token opens JupyterLab to whoever knows it; a script and what it starts have no use for it.
    environment = {name: value for name, value in os.environ.items() if name != "JUPYTER_TOKEN"}
    process = subprocess.Popen(
        ["/bin/bash", "-c", '"$0"', script],
        cwd="/",
        env={**environment, "PATH": search_path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    told = tell(process, script_log(hook))
    try:
        code = process.wait(seconds)
    except subprocess.TimeoutExpired:
        code = None
    # What the script left in the background may hold its output open for ever.
    told.join(_LAST_LINES_SECONDS)
    return code == 0


def script_log(hook: str) -> str:
    """Return the log stream of a lifecycle script."""
    return f"LifecycleConfig{hook}"


def serve(python: str, folder: Path, port: int) -> int:
    """Run JupyterLab, again and again; return its exit code when it cannot live."""
    while True:
        began = time.monotonic()
        process = subprocess.Popen(
            jupyter_command(python, folder, port),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        told = tell(process, JUPYTER_LOG)
        try:
            code = process.wait()
        except SystemExit:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_SECONDS)
            raise
        told.join(_LAST_LINES_SECONDS)
        if time.monotonic() - began < _SHORTEST_LIFE_SECONDS:
            return code or 1


def jupyter_command(python: str, folder: Path, port: int) -> list[str]:
    """Return the command of JupyterLab; its token is in the environment, where no other user can read it."""
    return [
        *(python, "-m", "jupyterlab", "--no-browser", "--allow-root"),
        "--ServerApp.ip=127.0.0.1",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={folder}",
        # Nothing leaves the machine unasked.
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=None",
        "--LabApp.extension_manager=readonly",
    ]


def tell(process: subprocess.Popen[bytes], stream: str) -> threading.Thread:
    """Write a process's output on, each line under the name of its log stream."""

    def pump() -> None:
        assert process.stdout is not None  # it was asked for as a pipe
        for line in process.stdout:
            with _writing:
                sys.stdout.buffer.write(b"%s %s\n" % (stream.encode(), line.rstrip(b"\r\n")))
                sys.stdout.buffer.flush()

    thread = threading.Thread(target=pump, daemon=True)
    thread.start()
    return thread


if __name__ == "__main__":
    sys.exit(main())
