"""Gives a process its own `/opt/ml`, with bubblewrap where it works and by rewriting paths where not.

bubblewrap needs user namespaces (or root), which some machines forbid, so whether it works is found out by
running it once.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

ML_ROOT = "/opt/ml"


def wrap(
    command: Sequence[str], environment: Mapping[str, str], root: Path
) -> tuple[list[str], dict[str, str]]:
    """Return command and environment under which `root` is the process's `/opt/ml`.

    Without a sandbox the prefix is replaced in both; a literal `/opt/ml` inside a script's own text is not,
    and such a script then finds no such directory.
    """
    if available():
        return [*_prefix(root), *command], dict(environment)
    return [_rewrite(part, root) for part in command], {
        name: _rewrite(value, root) for name, value in environment.items()
    }


@cache
def available() -> bool:
    """Say whether bubblewrap can bind a directory to `/opt/ml` here; probed once by doing it."""
    if shutil.which("bwrap") is None:
        return False
    with tempfile.TemporaryDirectory(prefix="mllab-probe-") as directory:
        Path(directory, "probe").write_text("ok")
        try:
            answer = subprocess.run(
                [*_prefix(Path(directory)), "cat", f"{ML_ROOT}/probe"],
                capture_output=True,
                timeout=5,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
    return answer.returncode == 0 and answer.stdout == b"ok"


def _prefix(root: Path) -> list[str]:
    # A plain bind onto / would create /opt/ml on the host, hence an empty /opt with everything bound again.
    command = ["bwrap", "--dev-bind", "/", "/", "--tmpfs", "/opt"]
    opt = Path("/opt")
    for child in sorted(opt.iterdir()) if opt.is_dir() else []:
        if child.name != "ml" and not child.is_symlink():
            command += ["--dev-bind", str(child), str(child)]
    return [*command, "--bind", str(root), ML_ROOT, "--"]


def _rewrite(text: str, root: Path) -> str:
    return text.replace(ML_ROOT, str(root))
