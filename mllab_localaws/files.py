"""What the local AWS keeps in its data directory for its owner alone: keys, and how it is reached now."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import string
from dataclasses import asdict, dataclass
from pathlib import Path

from mllab_localaws.platform import ACCOUNT, DEFAULT_REGION

KEYS_FILE, LOG_FILE, ACCESS_FILE = "keys.json", "local-aws.log", "access.jsonl"
QUOTAS_FILE = "quotas.json"
_CONNECTION_FILE, _SDK_FILE = "connection.json", "sagemaker-sdk.yaml"
# What a start forgets, and all that there is in a data directory.
FORGOTTEN = ("jobs", "endpoints", "functions", "instances", ACCESS_FILE, _CONNECTION_FILE)
OWN_FILES = (*FORGOTTEN, KEYS_FILE, QUOTAS_FILE, _SDK_FILE, LOG_FILE, "lock")
_SDK_SETTINGS = """\
SchemaVersion: '1.0'
SageMaker:
  PythonSDK:
    Modules:
      # The SDK would report each call to AWS's own address.
      TelemetryOptOut: true
      # Without a bucket the SDK asks STS at AWS's own address for the account.
      Session:
        DefaultS3Bucket: sagemaker-{region}-{account}
"""


@dataclass(frozen=True)
class Keys:
    """The administrator's access key; random per data directory."""

    access_key: str
    secret_key: str


@dataclass(frozen=True)
class Connection:
    """How to reach a running local AWS.

    Attributes:
        incarnation: changes at each start, because a start forgets everything.
        home: its data directory.
    """

    endpoint_url: str
    access_key: str
    secret_key: str
    incarnation: str
    pid: int
    home: Path
    region: str = DEFAULT_REGION

    def environment(self) -> dict[str, str]:
        """Return the variables that point any AWS client, and both SageMaker SDKs, at the local AWS."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            "SAGEMAKER_USER_CONFIG_OVERRIDE": str(self.home / _SDK_FILE),
        }


def read_keys(home: Path) -> Keys:
    """Return the data directory's keys; they are made at the first start."""
    path = home / KEYS_FILE
    if not path.exists():
        letters = string.ascii_uppercase + "234567"
        key = "AKIA" + "".join(secrets.choice(letters) for _ in range(16))
        write_private(path, json.dumps(asdict(Keys(key, secrets.token_urlsafe(30)))))
    return Keys(**json.loads(path.read_text()))


def write_connection(connection: Connection) -> None:
    """Say where the local AWS can be reached, once it can."""
    home = connection.home
    settings = _SDK_SETTINGS.format(region=connection.region, account=ACCOUNT)
    write_private(home / _SDK_FILE, settings)
    write_private(home / _CONNECTION_FILE, json.dumps({**asdict(connection), "home": str(home)}))


def read_connection(home: Path) -> Connection | None:
    """Return what the last start wrote, whether or not it still runs; None when nothing (whole) is there."""
    try:
        values = json.loads((home / _CONNECTION_FILE).read_text())
        return Connection(**{**values, "home": Path(values["home"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def remove(path: Path) -> None:
    """Remove a file or a whole directory, silently when there is none; a link, not what it leads to.

    Raises: OSError: something in it does not let itself be removed.
    """
    if path.is_dir() and not path.is_symlink():
        _make_writable(path)
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _make_writable(root: Path) -> None:
    """Let directories be emptied that a program has left without write permission, as pip and git may do."""
    # Where this is impossible, the removal says so.
    with contextlib.suppress(OSError):
        root.chmod(0o700)
    # From above: what is below a directory is seen once the directory itself can be read.
    for directory, names, _ in os.walk(root):
        for below in (Path(directory, name) for name in names):
            with contextlib.suppress(OSError):
                if not below.is_symlink():
                    below.chmod(0o700)


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    # Written beside and moved: a reader sees the old file or the new one, never half of one.
    beside = path.with_suffix(".new")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    beside.replace(path)
