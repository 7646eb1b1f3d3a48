"""Gives a process its own `/opt/ml`, with bubblewrap where it works and by rewriting paths where not.

bubblewrap needs user namespaces (or root), which some machines forbid, so what works is found out by running
it once. Where it may, it also gives each program process ids of its own, so that whatever a program has
started ends with it, a child that left its process group included, and it sees nobody else's processes.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from mllab_localaws import orphans

ML_ROOT = "/opt/ml"
_OWN_PROCESSES = ("--unshare-pid", "--proc", "/proc")


def wrap(
    command: Sequence[str], environment: Mapping[str, str], root: Path
) -> tuple[list[str], dict[str, str]]:
    """Return command and environment under which `root` is the process's `/opt/ml`.

    Without a sandbox the prefix is replaced in both; a literal `/opt/ml` inside a script's own text is not,
    and such a script then finds no such directory.
    """
    options = isolation()
    if options is not None:
        return [*_prefix(root, options), *command], dict(environment)
    return [_rewrite(part, root) for part in command], {
        name: _rewrite(value, root) for name, value in environment.items()
    }


def available() -> bool:
    """Say whether bubblewrap can bind a directory to `/opt/ml` here."""
    return isolation() is not None


@cache
def isolation() -> tuple[str, ...] | None:
    """Return bubblewrap's options for all that it may isolate here, None when it does not work at all."""
    if shutil.which("bwrap") is None:
        return None
    # A container that masks parts of /proc allows bubblewrap no /proc of its own, and hence no process ids.
    return next((options for options in (_OWN_PROCESSES, ()) if _works(options)), None)


def _works(options: Sequence[str]) -> bool:
    with tempfile.TemporaryDirectory(prefix="mllab-probe-") as directory:
        Path(directory, "probe").write_text("ok")
        try:
            with subprocess.Popen(
                [*_prefix(Path(directory), options), "cat", f"{ML_ROOT}/probe"],
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            ) as probe:
                try:
                    said, _ = probe.communicate(timeout=5)
                except subprocess.TimeoutExpired:
                    os.killpg(probe.pid, signal.SIGKILL)
                    return False
        except OSError:
            return False
    orphans.reap(probe.pid)
    return probe.returncode == 0 and said == b"ok"


def _prefix(root: Path, options: Sequence[str]) -> list[str]:
    # By its whole path: the program is searched in a PATH that the request may set.
    # A plain bind onto / would create /opt/ml on the host, hence an empty /opt with everything bound again.
    command = [shutil.which("bwrap") or "bwrap", "--dev-bind", "/", "/", "--tmpfs", "/opt", *options]
    opt = Path("/opt")
    for child in sorted(opt.iterdir()) if opt.is_dir() else []:
        if child.name != "ml" and not child.is_symlink():
            command += ["--dev-bind", str(child), str(child)]
    return [*command, "--bind", str(root), ML_ROOT, "--"]


def _rewrite(text: str, root: Path) -> str:
    return text.replace(ML_ROOT, str(root))
