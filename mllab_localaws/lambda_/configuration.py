"""A function's settings: what a request may say, and how Lambda shows it.

Error texts are AWS's where they are known. Reserved variables:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timezone
from typing import Any

from mllab_localaws.lambda_.code import Package
from mllab_localaws.lambda_.names import LATEST, arn, invalid
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record
from mllab_localaws.wire.validation import refuse_others

Params = Mapping[str, Any]

# Settings as they are kept, with Lambda's defaults.
DEFAULTS: Mapping[str, Any] = {
    "Description": "",
    "Timeout": 3,
    "MemorySize": 128,
    "EphemeralStorage": {"Size": 512},
    "TracingConfig": {"Mode": "PassThrough"},
    "Environment": {},
    "SnapStart": {"ApplyOn": "None"},
    "LoggingConfig": {},
}
SETTINGS = (*DEFAULTS, "Handler", "Runtime", "Role")
LONGEST_ENVIRONMENT_BYTES = 4096
_RETIRED = ("python2.7", "python3.6", "python3.7", "python3.8")
_LARGEST = {"Timeout": 900, "MemorySize": 10240}
# What a value other than this would ask for is not there.
_ONLY = {
    "TracingConfig": {"Mode": "PassThrough"},
    "SnapStart": {"ApplyOn": "None"},
}
RESERVED = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        *("AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV", "AWS_LAMBDA_RUNTIME_API"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        *("AWS_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
    }
)


def check(params: Params, platform: Platform, operation: str, others: tuple[str, ...]) -> dict[str, Any]:
    """Return the settings that a request names, checked.

    Args: others: members of the request that are no settings.
    Raises: AwsError: `InvalidParameterValueException`, or what is not part of the local AWS.
    """
    settings = {name: params[name] for name in SETTINGS if params.get(name) is not None}
    empty = {name for name, value in params.items() if value == {"SubnetIds": [], "SecurityGroupIds": []}}
    refuse_others(params, {*SETTINGS, *others, *empty}, operation)
    for name, only in _ONLY.items():
        if settings.get(name) not in (None, {}, only):
            raise invalid(f"{name} can only be {json.dumps(only)} in the local AWS.")
    for name, largest in _LARGEST.items():
        if settings.get(name, 0) > largest:
            raise invalid(f"{name} may be {largest} at most, not {settings[name]}.")
    _check_runtime(settings.get("Runtime"))
    _check_environment(settings.get("Environment", {}).get("Variables", {}))
    _check_logging(settings.get("LoggingConfig", {}))
    if "Role" in settings and not platform.roles.trusts(settings["Role"], "lambda.amazonaws.com"):
        raise invalid("The role defined for the function cannot be assumed by Lambda.")
    return settings


def _check_runtime(runtime: str | None) -> None:
    if runtime in _RETIRED:
        raise invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
            "functions. We recommend you use a supported runtime while creating or updating functions."
        )
    if runtime is not None and not runtime.startswith("python"):
        raise invalid(f"The local AWS runs Python functions only (python3.x), not {runtime}.")


def _check_environment(variables: Mapping[str, str]) -> None:
    prefix = "Lambda was unable to configure your environment variables because the environment variables "
    reserved = sorted(RESERVED & set(variables))
    if reserved:
        raise invalid(
            f"{prefix}you have provided contains reserved keys that are currently not supported for "
            f"modification. Reserved keys used in this request: {', '.join(reserved)}"
        )
    measured = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(measured.encode("utf-8", "surrogatepass")) > LONGEST_ENVIRONMENT_BYTES:
        raise invalid(f"{prefix}you have provided exceeded the 4KB limit. String measured: {measured}")
    if any("\0" in value for value in variables.values()):
        raise invalid(f"{prefix}you have provided contain a character that no variable can hold: NUL.")


def _check_logging(logging: Params) -> None:
    refuse_others(logging, ("LogFormat", "LogGroup"), "LoggingConfig")
    if logging.get("LogFormat", "Text") != "Text":
        raise invalid("LogFormat can only be Text in the local AWS.")


def new_record(region: str, name: str, settings: Params, package: Package, params: Params) -> Record:
    """Return what is kept of a new function."""
    return {
        "Name": name,
        "Arn": arn(region, name),
        "Settings": {**DEFAULTS, **settings},
        "Architectures": params.get("Architectures") or ["x86_64"],
        "Tags": dict(params.get("Tags") or {}),
        "Policy": [],
        "Reserved": None,
        **with_package(package),
    }


def with_package(package: Package) -> Record:
    """Return the members of a record that belong to its code."""
    return {"CodeId": package.code_id, "CodeSha256": package.sha256, "CodeSize": package.size}


def revised(record: Record, now: float) -> Record:
    """Return a record with a new revision: its processes so far run what is no longer there."""
    time = datetime.fromtimestamp(now, timezone.utc)
    return {
        **record,
        "RevisionId": str(uuid.uuid4()),
        "LastModified": time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000",
    }


def log_group(record: Record) -> str:
    """Return where a function's log goes."""
    group: str = record["Settings"]["LoggingConfig"].get("LogGroup") or f"/aws/lambda/{record['Name']}"
    return group


def described(record: Record, **status: Any) -> dict[str, Any]:
    """Return a function's configuration as Lambda answers it.

    Args: status: members that say more than "ready", e.g. `State="Pending"`.
    """
    settings = record["Settings"]
    variables = settings["Environment"].get("Variables")
    return {
        "FunctionName": record["Name"],
        "FunctionArn": record["Arn"],
        **{name: settings[name] for name in ("Handler", "Runtime", "Role", "Description")},
        **{name: settings[name] for name in ("Timeout", "MemorySize", "EphemeralStorage", "TracingConfig")},
        **({"Environment": {"Variables": variables}} if variables else {}),
        **{name: record[name] for name in ("CodeSha256", "CodeSize", "LastModified", "RevisionId")},
        "Version": LATEST,
        "PackageType": "Zip",
        "Architectures": record["Architectures"],
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": log_group(record)},
        "State": "Active",
        "LastUpdateStatus": "Successful",
        **status,
    }
