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

from mllab_localaws import files, sandbox

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
        --) shift; break ;;
        --login) login=1; shift ;;
        --user | --group | --host | --prompt | --chdir | --close-from | --command-timeout) shift; shift ;;
        --*) shift ;;
        -*)
            letters="${1#-}"; shift
            while [ -n "$letters" ]; do
                letter="${letters:0:1}"; letters="${letters:1}"
                case "$letter" in
                    i) login=1 ;;
                    # What follows in the same word is the value, else the next word.
                    [CDRTUghpu]) [ -n "$letters" ] || shift; letters= ;;
                esac
            done ;;
        *=*) export "$1"; shift ;;
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
            files.remove(old)
        metadata = self._ml / Path(METADATA).relative_to(sandbox.ML_ROOT)
        for directory in (self.bin, metadata.parent, self._here(TEMPORARY)):
            directory.mkdir(parents=True)
        metadata.write_text(json.dumps({"ResourceArn": arn, "ResourceName": name}))
        _write_program(self.bin / "sudo", _SUDO)
        _make_python(self._here(PYTHON))

    def add_scripts(self, scripts: Mapping[str, str]) -> dict[str, Path]:
        """Write lifecycle scripts, given in base64 by hook; return their files."""
        written = {hook: self.bin / f"{hook}_{secrets.token_hex(5)}" for hook in scripts}
        for hook, file in written.items():
            text = base64.b64decode(scripts[hook]).decode("utf-8", "replace")
            _write_program(file, sandbox.as_seen(text, self.mounts))
        return written

    def _here(self, seen: str) -> Path:
        return self._home / Path(seen).relative_to(HOME)


def _make_python(place: Path) -> None:
    """Make an environment that has the packages of this one, so that what is installed there stays there.

    JupyterLab's own files come along; the kernels of this environment are not the instance's.
    """
    venv.create(place, symlinks=True)
    packages = next(place.glob("lib/python3*/site-packages"))
    own = [each for each in sys.path if Path(each).name in ("site-packages", "dist-packages")]
    (packages / "of-this-machine.pth").write_text("".join(f"{each}\n" for each in own))
    # Copies: pip writes packages' own files there, which through a link would land in this environment.
    for child in Path(sys.prefix, "share", "jupyter").glob("*"):
        if child.name != "kernels":
            _copy(child, place / "share" / "jupyter" / child.name)
    configuration = Path(sys.prefix, "etc", "jupyter")
    if configuration.is_dir():
        _copy(configuration, place / "etc" / "jupyter")


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copy2(source, target)


def _write_program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o700)
