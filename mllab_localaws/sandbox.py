"""Gives a process directories at the paths it expects (`/opt/ml`, `/var/task`), by bubblewrap where it works.

Where it does not, paths are rewritten. bubblewrap needs user namespaces (or root), which some machines
forbid, so what works is found out by running it once. Where it may, it also gives each program process ids of
its own, so that whatever a program has started ends with it, a child that left its process group included,
and it sees nobody else's processes.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mllab_localaws import orphans

ML_ROOT = "/opt/ml"
TEMPORARY = "/tmp"
_OWN_PROCESSES = ("--unshare-pid", "--proc", "/proc")


@dataclass(frozen=True)
class Mount:
    """A directory of this machine and the path under which a program sees it.

    Attributes: target: `/tmp`, two names like `/opt/ml`, or the source itself where another mount covers it.
    """

    source: Path
    target: str
    writable: bool = True


def ml_root(root: Path) -> tuple[Mount, ...]:
    """Return what a job sees: its own directory at `/opt/ml`."""
    return (Mount(root, ML_ROOT),)


def wrap(
    command: Sequence[str], environment: Mapping[str, str], mounts: Sequence[Mount]
) -> tuple[list[str], dict[str, str]]:
    """Return command and environment under which the mounts' sources are at their targets.

    Without a sandbox the targets are replaced in both; a literal `/opt/ml` inside a script's own text is not,
    and such a script then finds no such directory. A `/tmp` of its own becomes TMPDIR there.
    """
    options = isolation()
    if options is not None:
        return [*_prefix(mounts, options), *command], dict(environment)
    rewritten = {name: _rewrite(value, mounts) for name, value in environment.items()}
    for mount in mounts:
        if mount.target == TEMPORARY:
            rewritten.setdefault("TMPDIR", str(mount.source))
    return [_rewrite(part, mounts) for part in command], rewritten


def as_seen(text: str, mounts: Sequence[Mount]) -> str:
    """Return a program's text as it has to be here: without a sandbox the targets are replaced in it."""
    return text if available() else _rewrite(text, mounts)


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
                [*_prefix(ml_root(Path(directory)), options), "cat", f"{ML_ROOT}/probe"],
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


def _prefix(mounts: Sequence[Mount], options: Sequence[str]) -> list[str]:
    # By its whole path: the program is searched in a PATH that the request may set.
    command = [shutil.which("bwrap") or "bwrap", "--dev-bind", "/", "/"]
    moved = [Path(mount.target) for mount in mounts if mount.target != str(mount.source)]
    for parent in sorted({target.parent for target in moved} - {Path("/")}):
        command += _emptied(parent, {target.name for target in moved})
    command += options
    for mount in mounts:
        command += ["--bind" if mount.writable else "--ro-bind", str(mount.source), mount.target]
    return [*command, "--"]


def _emptied(parent: Path, without: set[str]) -> list[str]:
    """Return options for an empty directory with everything bound again; a plain bind changes the host."""
    command = ["--tmpfs", str(parent)]
    for child in sorted(parent.iterdir()) if parent.is_dir() else []:
        if child.is_symlink():
            command += ["--symlink", str(child.readlink()), str(child)]
        elif child.name not in without:
            command += ["--dev-bind", str(child), str(child)]
    return command


def _rewrite(text: str, mounts: Sequence[Mount]) -> str:
    for mount in mounts:
        if mount.target != TEMPORARY:  # too short a word to be sure of its meaning
            text = text.replace(mount.target, str(mount.source))
    return text
