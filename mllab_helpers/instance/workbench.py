"""What the lab's notebook instance starts with: a lifecycle script that brings the lab along and installs it.

Limits and best practices: https://docs.aws.amazon.com/sagemaker/latest/dg/notebook-lifecycle-config.html
"""

from __future__ import annotations

import base64
import hashlib
import shlex
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from mllab_helpers import storage
from mllab_helpers.archives import zip_archive
from mllab_helpers.aws_errors import error_message
from mllab_helpers.instance.errors import NoProjectFiles
from mllab_helpers.names import folder_name
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

KEY = "workbench/lab.zip"
_PROJECT = Path(__file__).resolve().parents[2]
_SCRIPTS = _PROJECT / "mllab_helpers" / "scripts"
_PACKAGES = ("mllab_helpers", "mllab_localaws")
_NOTEBOOKS = ("es", "en", "figures")


def deliver(lab: Lab) -> None:
    """Put the lab, its notebooks and what notebook 01 finished into the bucket, for an instance to fetch.

    Raises: NoBucket; NoProjectFiles: this is not a clone of the project.
    """
    lock = _PROJECT / "requirements.lock"
    if not lock.is_file():
        raise NoProjectFiles(folder=_PROJECT)
    wheel_name, wheel_bytes = wheel()
    notebooks = _PROJECT / "notebooks"
    members = {
        "install.py": (_SCRIPTS / "workbench_install.py").read_bytes(),
        "requirements.lock": lock.read_bytes(),
        wheel_name: wheel_bytes,
        f"notes/{folder_name(lab.account, lab.region, lab.student)}/state.json": lab.state_to_travel(),
    }
    for part in _NOTEBOOKS:
        for file in sorted((notebooks / part).glob("*.*")):
            members[f"notebooks/{part}/{file.name}"] = file.read_bytes()
    storage.upload_bytes(lab, zip_archive(members), KEY)


def ensure_config(lab: Lab, name: str) -> str:
    """Create the lifecycle configuration whose script installs the lab, or renew it; return its name.

    The script runs at each start, and lets the instance come into service at once.
    """
    sagemaker = lab.client("sagemaker")
    named = {"NotebookInstanceLifecycleConfigName": name}
    hook = [{"Content": base64.b64encode(on_start(lab).encode()).decode()}]
    try:
        lab.note_creating("lifecycle-config", name)
        sagemaker.create_notebook_instance_lifecycle_config(**named, OnStart=hook, Tags=lab.tags)
    except ClientError as error:
        if "already exists" not in error_message(error):
            raise
        sagemaker.update_notebook_instance_lifecycle_config(**named, OnStart=hook)
    return name


def on_start(lab: Lab) -> str:
    """Return the lifecycle script: what it says is in the learner's language."""
    script = (_SCRIPTS / "workbench_on_start.sh").read_text(encoding="utf-8")
    values = {"region": lab.region, "bucket": lab.bucket, "key": KEY}
    values |= {word: say(f"workbench.{word}") for word in ("installing", "ready", "failed")}
    for name, value in values.items():
        script = script.replace(f"{{{name}}}", shlex.quote(value))
    return script


def wheel() -> tuple[str, bytes]:
    """Pack this very code as pip installs it; return the file's name and content.

    https://packaging.python.org/en/latest/specifications/binary-distribution-format/
    """
    installed = metadata.distribution("mllab")
    about = f"mllab-{installed.version}.dist-info"
    members = {
        str(file.relative_to(_PROJECT)): file.read_bytes()
        for package in _PACKAGES
        for file in sorted((_PROJECT / package).rglob("*"))
        if file.is_file() and "__pycache__" not in file.parts
    }
    tag = "Wheel-Version: 1.0\nGenerator: mllab\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    members[f"{about}/WHEEL"] = tag.encode()
    # From a clone it is setuptools' PKG-INFO that lies beside the code, with the same content.
    core = installed.read_text("METADATA") or installed.read_text("PKG-INFO") or ""
    members[f"{about}/METADATA"] = core.encode()
    members[f"{about}/entry_points.txt"] = (installed.read_text("entry_points.txt") or "").encode()
    record = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in members.items()]
    members[f"{about}/RECORD"] = "\n".join([*record, f"{about}/RECORD,,", ""]).encode()
    return f"mllab-{installed.version}-py3-none-any.whl", zip_archive(members)


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
