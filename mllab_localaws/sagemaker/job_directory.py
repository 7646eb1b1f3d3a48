"""The directory that a training container sees as `/opt/ml`.

Paths and files: the "How Amazon SageMaker Provides Training Information" page of the SageMaker Developer
Guide, and SDK v3's container drivers, which read the same files.
"""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

from mllab_localaws import sandbox
from mllab_localaws.moto_backend import Objects
from mllab_localaws.sagemaker import transfer
from mllab_localaws.sagemaker.job_program import HOST, output_text
from mllab_localaws.store import Record

# SDK v3's own scripts, among them `sm_train.sh`, arrive in a channel of this name.
SDK_DRIVERS_CHANNEL = "sm_drivers"
# A tenth larger than at level 9, in a third of the time.
_COMPRESSION = 6


class JobDirectory:
    """One training job's `/opt/ml`.

    Args: root: where it is on this machine; it comes into being with `prepare`.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.model = root / "model"
        self.output_data = root / "output" / "data"
        self._config = root / "input" / "config"
        self._data = root / "input" / "data"

    def prepare(self, record: Record) -> None:
        """Create the directories and the configuration files of a job."""
        for directory in (self.model, self.output_data, self._config, self._data):
            directory.mkdir(parents=True)
        files = {
            "hyperparameters.json": record.get("HyperParameters", {}),
            "inputdataconfig.json": _input_data_config(record),
            "resourceconfig.json": _resource_config(record["ResourceConfig"]["InstanceType"]),
        }
        for name, content in files.items():
            (self._config / name).write_text(json.dumps(content))

    def download(self, channel: Record, objects: Objects, role_arn: str) -> None:
        """Copy a channel's objects here.

        Raises: AwsError, ValueError, OSError: as `transfer.download` says.
        """
        directory = self._data / channel["ChannelName"]
        transfer.download(objects, role_arn, channel["DataSource"]["S3DataSource"]["S3Uri"], directory)
        if channel["ChannelName"] == SDK_DRIVERS_CHANNEL and not sandbox.available():
            _rewrite(directory, self.root)

    def failure(self) -> str:
        """Return what the container wrote to `/opt/ml/output/failure`, empty when nothing."""
        return output_text(self.root / "output" / "failure")


def pack(directory: Path) -> bytes | None:
    """Return a directory's content as a `.tar.gz`, members at its root; None when it is empty or gone.

    Raises: OSError: a file cannot be read.
    """
    children = sorted(directory.iterdir()) if directory.is_dir() else []
    if not children:
        return None
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", compresslevel=_COMPRESSION) as archive:
        for child in children:
            archive.add(child, arcname=child.name, filter=_anonymous)
    return buffer.getvalue()


def _anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    # In a container the files would be root's; whose account this is belongs in no artefact.
    member.uid = member.gid = 0
    member.uname = member.gname = "root"
    return member


def _input_data_config(record: Record) -> dict[str, Any]:
    return {
        channel["ChannelName"]: {
            # Absent when the request gave none: the XGBoost container takes that for libsvm.
            **({"ContentType": channel["ContentType"]} if channel.get("ContentType") else {}),
            "TrainingInputMode": channel.get("InputMode", "File"),
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel["RecordWrapperType"],
        }
        for channel in record.get("InputDataConfig", [])
    }


def _resource_config(instance_type: str) -> dict[str, Any]:
    group = "homogeneousCluster"
    return {
        "current_host": HOST,
        "current_instance_type": instance_type,
        "current_group_name": group,
        "hosts": [HOST],
        "instance_groups": [{"instance_group_name": group, "instance_type": instance_type, "hosts": [HOST]}],
        "network_interface_name": "eth0",
    }


def _rewrite(directory: Path, root: Path) -> None:
    """Point SDK v3's own scripts at the job's directory where nothing can be mounted at `/opt/ml`."""
    for path in directory.rglob("*"):
        if path.suffix in (".py", ".sh", ".json"):
            path.write_text(path.read_text().replace(sandbox.ML_ROOT, str(root)))
