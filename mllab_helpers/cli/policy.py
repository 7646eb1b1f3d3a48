"""`mllab policy`: a policy of the lab's, as whoever administers an account puts it into IAM."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import ClassVar

from mllab_helpers import policies
from mllab_helpers.cli.parser import Commands, add_command
from mllab_helpers.errors import LabError
from mllab_helpers.names import check_student
from mllab_helpers.texts import say, say_os_error

_EVERYBODY = "*"


class PolicyUnwritable(LabError):
    """The files of a policy cannot be written where they should."""

    key: ClassVar[str] = "policy_unwritable"


def add_policy_command(commands: Commands) -> None:
    policy = add_command(commands, "policy", say("cli.policy"), _policy)
    policy.add_argument("actor", choices=policies.ACTORS, help=say("cli.actor"))
    policy.add_argument(
        "--account", type=_account, required=True, metavar="111122223333", help=say("cli.account")
    )
    policy.add_argument("--student", metavar="ana", default=_EVERYBODY, help=say("cli.policy_student"))
    policy.add_argument("--region", metavar="us-east-1", default="us-east-1", help=say("cli.region"))
    policy.add_argument("--bucket", default="", metavar="school-bucket", help=say("cli.policy_bucket"))
    policy.add_argument("--role-arn", default="", metavar="arn:aws:iam::...", help=say("cli.policy_role"))
    policy.add_argument(
        "--lambda-role-arn", default="", metavar="arn:aws:iam::...", help=say("cli.policy_lambda_role")
    )
    policy.add_argument("--output", type=Path, metavar="DIR", help=say("cli.policy_output"))


def _account(text: str) -> str:
    if not re.fullmatch(r"\d{12}", text):
        raise argparse.ArgumentTypeError(say("cli.wrong_account", value=repr(text)))
    return text


def _policy(chosen: argparse.Namespace) -> int:
    if chosen.student != _EVERYBODY:
        check_student(chosen.student)
    document = policies.policy(
        chosen.actor,
        account=chosen.account,
        region=chosen.region,
        student=chosen.student,
        bucket=chosen.bucket,
        role_arn=chosen.role_arn,
        lambda_role_arn=chosen.lambda_role_arn,
    )
    parts = policies.in_managed_policies(document)
    if chosen.output is None:
        print(json.dumps(document, indent=2))
        if len(parts) > 1:
            length, most = policies.length(document), policies.MANAGED_CHARACTERS
            print(say("cli.policy_long", length=f"{length:,}", most=f"{most:,}"), file=sys.stderr)
        return 0
    whose = "" if chosen.student == _EVERYBODY else f"{chosen.student}-"
    for path in _write(chosen.output, f"mllab-{whose}{chosen.actor}", parts):
        print(path)
    print(say("cli.policy_written", count=len(parts)))
    return 0


def _write(folder: Path, name: str, parts: list[policies.PolicyDocument]) -> list[Path]:
    """Write each part into a file of its own."""
    numbers = [f"-{number}" for number in range(1, len(parts) + 1)] if len(parts) > 1 else [""]
    paths = [folder / f"{name}{number}.json" for number in numbers]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, part in zip(paths, parts, strict=True):
            path.write_text(json.dumps(part, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise PolicyUnwritable(folder=folder, reason=say_os_error(error)) from error
    return paths
