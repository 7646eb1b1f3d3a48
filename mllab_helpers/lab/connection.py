"""Which AWS this process talks to. Nothing but `Lab` and the commands ask this question.

The choice is made in the environment, because that is where every AWS client looks: boto3 in a notebook's
own cells, and the SageMaker SDK.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mllab_helpers.errors import ForeignDirectory, LocalAwsFailed, PortInUse, UnknownBackend, UnknownRegion
from mllab_helpers.lab import instance

if TYPE_CHECKING:
    import boto3

    from mllab_localaws.daemon import Connection

BACKENDS = ("auto", "local", "aws")
DEFAULT_REGION = "us-east-1"
# Names a role in which a person comes to the local AWS, who may do what it may and cannot prepare the lab.
LOCAL_ROLE = "MLLAB_LOCAL_ROLE"

# What a learner's shell may hold for real AWS, and what would overrule or contradict the local AWS.
_IN_THE_WAY = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
)
_POINTS_AT_LOCAL = (
    "AWS_ENDPOINT_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_EC2_METADATA_DISABLED",
    "SAGEMAKER_USER_CONFIG_OVERRIDE",
)
# SDK v3 refuses an execution role that lacks the permissions of jobs inside a VPC, which the lab's are not.
_SDK = {"SAGEMAKER_VALIDATE_ROLE": "false"}
_LOOPBACK = ("127.0.0.1", "localhost")
_LOCAL_PAUSE, _LOCAL_METRIC_PERIOD = 0.05, 1

_replaced: dict[str, str | None] = {}


@dataclass(frozen=True)
class Place:
    """Where the lab works.

    Attributes:
        backend: `local` or `aws`.
        session: of boto3, with credentials and region.
        endpoint_url: of the local AWS; None on AWS, where every service has its own.
        incarnation: which life of the local AWS this is; empty on AWS.
        notes: the directory where ledgers and states are kept.
        pause: seconds between two looks at something that takes time. The local AWS holds a question until
            there is news, so asking again at once is not impolite there.
        metric_period: seconds: the finest at which CloudWatch keeps AWS's own metrics; locally each second.
    """

    backend: str
    session: boto3.Session
    endpoint_url: str | None
    incarnation: str
    notes: Path
    pause: float
    metric_period: int


def choose_backend(backend: str) -> str:
    """Return `local` or `aws`; `auto` is AWS inside a SageMaker instance and local elsewhere.

    Raises: UnknownBackend.
    """
    if backend not in BACKENDS:
        raise UnknownBackend(backend=backend, known=", ".join(BACKENDS))
    if backend == "auto":
        return "aws" if instance.is_in_sagemaker() else "local"
    return backend


def connect(backend: str, region: str | None) -> Place:
    """Point this process at one AWS; the local one is started when it is not running.

    Args: backend: `local` or `aws`; region: None for the environment's.
    Raises: PortInUse, ForeignDirectory, LocalAwsFailed, UnknownRegion.
    """
    return _connect_local(region) if backend == "local" else _connect_aws(region)


def use_credentials(fresh: Mapping[str, str]) -> None:
    """Let other clients in this process, which look into the environment, work as the lab does.

    Args: fresh: `access_key`, `secret_key` and `token`.
    """
    _replace_environment(
        {
            "AWS_ACCESS_KEY_ID": fresh["access_key"],
            "AWS_SECRET_ACCESS_KEY": fresh["secret_key"],
            "AWS_SESSION_TOKEN": fresh["token"],
        }
    )


def notes_on_aws() -> Path:
    """Return where this machine keeps what it knows about the lab on real AWS.

    In a notebook instance that is where a stop leaves it.
    """
    from platformdirs import user_data_path

    chosen = os.environ.get("MLLAB_HOME")
    if chosen:
        return Path(chosen) / "aws"
    if instance.this_instance():
        return instance.lasting_folder() / ".mllab" / "aws"
    return user_data_path("mllab", appauthor=False) / "aws"


def notes_on_local(home: Path) -> Path:
    """Return where it keeps what it knows about a local AWS: inside it, to vanish with it."""
    return home / "lab"


def _connect_local(region: str | None) -> Place:
    import boto3

    from mllab_helpers.lab.assumed import session_in_role
    from mllab_helpers.lab.teacher import teacher_session

    restore_environment()
    connection = _start_local()
    wanted = connection.environment()
    region = region or connection.region
    wanted |= {"AWS_DEFAULT_REGION": region, "AWS_REGION": region, "NO_PROXY": _without_proxy()}
    wanted |= {"no_proxy": wanted["NO_PROXY"]}
    service_endpoints = [name for name in os.environ if name.startswith("AWS_ENDPOINT_URL_")]
    _replace_environment({**dict.fromkeys((*_IN_THE_WAY, *service_endpoints)), **wanted, **_SDK})
    administrator = boto3.Session(connection.access_key, connection.secret_key, region_name=region)
    _check_region(administrator)
    role, endpoint = os.environ.get(LOCAL_ROLE), connection.endpoint_url
    return Place(
        backend="local",
        session=(
            session_in_role(administrator, role, "person", endpoint_url=endpoint, renewed=use_credentials)
            if role
            else teacher_session(administrator, endpoint)
        ),
        endpoint_url=connection.endpoint_url,
        incarnation=connection.incarnation,
        notes=notes_on_local(connection.home),
        pause=_LOCAL_PAUSE,
        metric_period=_LOCAL_METRIC_PERIOD,
    )


def _connect_aws(region: str | None) -> Place:
    import boto3

    restore_environment()
    endpoint, own = local_endpoint(), instance.this_instance()
    if endpoint is None and is_loopback(os.environ.get("AWS_ENDPOINT_URL", "")):
        # From `eval "$(mllab local env)"`: these keys mean nothing to AWS.
        _replace_environment(dict.fromkeys(_POINTS_AT_LOCAL))
    named = region or (own.region if own else None) or os.environ.get("AWS_REGION")
    region = named or boto3.Session().region_name or DEFAULT_REGION
    _replace_environment({"AWS_DEFAULT_REGION": region, "AWS_REGION": region, **_SDK})
    session = boto3.Session(region_name=region)
    _check_region(session)
    return Place(
        backend="aws",
        session=session,
        endpoint_url=endpoint,
        incarnation="",
        notes=notes_on_aws(),
        pause=_LOCAL_PAUSE if endpoint else 5.0,
        metric_period=_LOCAL_METRIC_PERIOD if endpoint else 60,
    )


def local_endpoint() -> str | None:
    """Return where the local AWS answers whose notebook instance this process runs in; None anywhere else.

    In such an instance the same local AWS hands out the credentials. Anywhere else a local endpoint is a
    shell's, left from `mllab local env`.
    """
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    credentials = os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI", "")
    is_ours = is_loopback(endpoint) and credentials.startswith(f"{endpoint}/")
    return endpoint if is_ours and instance.this_instance() else None


def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this very machine."""
    return urlsplit(url).hostname in _LOOPBACK


def _check_region(session: boto3.Session) -> None:
    known = session.get_available_regions("sagemaker")
    if session.region_name not in known:
        raise UnknownRegion(region=session.region_name, known=", ".join(known))


def _start_local() -> Connection:
    from mllab_localaws import daemon

    try:
        return daemon.start(daemon.default_home())
    except daemon.PortInUseError as error:
        raise PortInUse(reason=error) from error
    except daemon.ForeignDirectoryError as error:
        raise ForeignDirectory(home=error.home, found=", ".join(error.found)) from error
    except daemon.LocalAwsError as error:
        raise LocalAwsFailed(reason=error) from error


def _without_proxy() -> str:
    """A school's proxy cannot reach this machine's loopback."""
    known = os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""
    return ",".join(dict.fromkeys([*filter(None, known.split(",")), *_LOOPBACK]))


def restore_environment() -> None:
    """Give back what earlier `Lab.open` calls of this process replaced in its environment."""
    while _replaced:
        _set(*_replaced.popitem())


def _replace_environment(values: dict[str, str | None]) -> None:
    for name, value in values.items():
        _replaced.setdefault(name, os.environ.get(name))
        _set(name, value)


def _set(name: str, value: str | None) -> None:
    if value is None:
        os.environ.pop(name, None)
    else:
        os.environ[name] = value
