"""The directories of a notebook instance: fresh ones at each start, but for `SageMaker`, which outlives it.

https://docs.aws.amazon.com/sagemaker/latest/dg/howitworks-create-ws.html (which files outlive a stop) and
https://docs.aws.amazon.com/sagemaker/latest/dg/nbi-metadata.html (how an instance knows its name).
"""

from __future__ import annotations

import base64
import json
import secrets
import shutil
import sys
import venv
from collections.abc import Mapping
from pathlib import Path

from mllab_localaws import sandbox

HOME = "/home/ec2-user"
FOLDER = f"{HOME}/SageMaker"
METADATA = f"{sandbox.ML_ROOT}/metadata/resource-metadata.json"
# Where AWS's instances keep the Python that their notebooks run on.
PYTHON = f"{HOME}/anaconda3/envs/python3"
TEMPORARY = f"{HOME}/.tmp"
# A lifecycle script is root's on AWS, and becomes the user by sudo; here both are the same person.
_SUDO = """\
#!/bin/bash
login=
while [ $# -gt 0 ]; do
    case "$1" in
        -u | -g | -h | -p) shift 2 ;;
        -i | --login) login=1; shift ;;
        --) shift; break ;;
        -* | *=*) shift ;;
        *) break ;;
    esac
done
[ -z "$login" ] || cd
[ $# -gt 0 ] || exec /bin/bash -s
exec "$@"
"""


class NotebookDirectory:
    """One notebook instance's directories.

    Attributes:
        root: where they are on this machine.
        mounts: where the instance sees them.
        bin: commands that an instance has and this machine need not have.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.bin = root / "bin"
        self._home, self._ml = root / "home", root / "ml"
        self.mounts = (sandbox.Mount(self._home, HOME), sandbox.Mount(self._ml, sandbox.ML_ROOT))

    def renew(self, arn: str, name: str) -> None:
        """Forget everything but `SageMaker`, as a machine that is started anew."""
        here = self._here(FOLDER)
        here.mkdir(parents=True, exist_ok=True)
        for old in (*(child for child in self._home.iterdir() if child != here), self._ml, self.bin):
            _remove(old)
        metadata = self._ml / Path(METADATA).relative_to(sandbox.ML_ROOT)
        for directory in (self.bin, metadata.parent, self._here(TEMPORARY)):
            directory.mkdir(parents=True)
        metadata.write_text(json.dumps({"ResourceArn": arn, "ResourceName": name}))
        _write_program(self.bin / "sudo", _SUDO)
        _make_python(self._here(PYTHON))

    def add_scripts(self, scripts: Mapping[str, str]) -> dict[str, Path]:
        """Write lifecycle scripts, given in base64 by hook; return their files."""
        files = {hook: self.bin / f"{hook}_{secrets.token_hex(5)}" for hook in scripts}
        for hook, file in files.items():
            text = base64.b64decode(scripts[hook]).decode("utf-8", "replace")
            _write_program(file, sandbox.as_seen(text, self.mounts))
        return files

    def _here(self, seen: str) -> Path:
        return self._home / Path(seen).relative_to(HOME)


def _make_python(place: Path) -> None:
    """Make an environment that has the packages of this one, so that what is installed there stays there.

    JupyterLab's own files are shared; the kernels of this environment are not the instance's.
    """
    venv.create(place, symlinks=True)
    packages = next(place.glob("lib/python3*/site-packages"))
    own = [each for each in sys.path if Path(each).name in ("site-packages", "dist-packages")]
    (packages / "of-this-machine.pth").write_text("".join(f"{each}\n" for each in own))
    shared = place / "share" / "jupyter"
    shared.mkdir(parents=True)
    for child in Path(sys.prefix, "share", "jupyter").glob("*"):
        if child.name != "kernels":
            (shared / child.name).symlink_to(child)
    (place / "etc").symlink_to(Path(sys.prefix, "etc"))


def _write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o700)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
