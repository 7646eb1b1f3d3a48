"""The `mllab` command: reads the command line and hands over to the module that does the work."""

from __future__ import annotations

import argparse
import json
import os
import re
import shlex
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import urlsplit

from mllab_helpers import policies, texts
from mllab_helpers.errors import LabError
from mllab_helpers.names import check_student
from mllab_helpers.texts import say
from mllab_localaws import daemon

BACKENDS = ("local", "aws", "auto")
HIGHEST_PORT = 65535

Command = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when it did what was asked."""
    typed = list(sys.argv[1:] if arguments is None else arguments)
    texts.use(_choose_language(typed))
    chosen = _parser().parse_args(typed)
    # A scheduler or a teacher's script ends us with SIGTERM: it deserves the clean end of Ctrl-C.
    signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        command: Command = chosen.command
        return command(chosen)
    except LabError as error:
        print(error, file=sys.stderr)
        return 1
    except daemon.LocalAwsError as error:
        print(_local_problem(error, chosen), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(say("cli.interrupted"), file=sys.stderr)
        return 130


def _local_problem(error: daemon.LocalAwsError, chosen: argparse.Namespace) -> str:
    if isinstance(error, daemon.PortInUseError):
        return say("cli.port_in_use", port=chosen.port)
    if isinstance(error, daemon.ForeignDirectoryError):
        return say("errors.foreign_directory", home=error.home, found=", ".join(error.found))
    problem = say("cli.local_failed", reason=error)
    log = daemon.logs(daemon.default_home())
    # Not Path.exists: it fails in a directory that may not be entered.
    return f"{problem}\n{say('cli.local_log', log=log)}" if os.access(log, os.R_OK) else problem


def _choose_language(typed: list[str]) -> str:
    """Take --language, else the environment's, because help and usage errors speak it too."""
    first = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    first.add_argument("--language", choices=texts.LANGUAGES)
    try:
        named = first.parse_known_args(typed)[0].language
    except argparse.ArgumentError:
        named = None  # the full parser will refuse it, with its usage
    if named:
        return str(named)
    environment = os.environ.get("MLLAB_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    return environment[:2] if environment[:2] in texts.LANGUAGES else texts.DEFAULT_LANGUAGE


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


# --- what can be typed


class _Formatter(argparse.HelpFormatter):
    """argparse's help, its one fixed word in the learner's language."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[argparse._MutuallyExclusiveGroup],
        prefix: str | None = None,
    ) -> None:
        super().add_usage(usage, actions, groups, say("cli.usage") if prefix is None else prefix)


class _Parser(argparse.ArgumentParser):
    """An argument parser that speaks the learner's language."""

    def __init__(self, prog: str, description: str | None = None) -> None:
        super().__init__(
            prog, description=description, add_help=False, allow_abbrev=False, formatter_class=_Formatter
        )
        self._optionals.title = say("cli.options")
        self.add_argument("-h", "--help", action="help", help=say("cli.help"))
        self.add_argument("--language", choices=texts.LANGUAGES, help=say("cli.language"))


_Commands = Any  # argparse names its own type of sub-commands privately


def _parser() -> _Parser:
    parser = _Parser("mllab", say("cli.description"))
    commands = parser.add_subparsers(title=say("cli.commands"), metavar=say("cli.command"), required=True)
    _add_run(_add(commands, "run", say("cli.run"), _run))
    clean = _add(commands, "clean", say("cli.clean"), _clean)
    _add_where(clean)
    clean.add_argument("--student", metavar="ana", help=say("cli.student"))
    _add_where(_add(commands, "doctor", say("cli.doctor"), _doctor))
    _add_policy(_add(commands, "policy", say("cli.policy"), _policy))
    local = commands.add_parser("local", help=say("cli.local"), description=say("cli.local"))
    _add_local(local.add_subparsers(title=say("cli.commands"), metavar=say("cli.command"), required=True))
    return parser


def _add(commands: _Commands, name: str, purpose: str, command: Command) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=purpose, description=purpose)
    parser.set_defaults(command=command)
    return parser


def _add_where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--backend", choices=BACKENDS, default="auto", help=say("cli.backend"))
    parser.add_argument("--region", metavar="us-east-1", help=say("cli.region"))


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("--backend", choices=BACKENDS, default="auto", help=say("cli.backend"))
    run.add_argument("--student", metavar="ana", help=say("cli.student"))
    run.add_argument("--only", metavar="01,02", default="", help=say("cli.only"))
    run.add_argument("--from", dest="first", metavar="02", default="", help=say("cli.from"))
    run.add_argument(
        "-p",
        dest="parameters",
        nargs=2,
        metavar=("max_depth", "4"),
        action="append",
        default=[],
        help=say("cli.parameter"),
    )
    run.add_argument("--output", type=Path, metavar="DIR", help=say("cli.output"))
    run.add_argument("--notebooks", type=Path, metavar="DIR", help=say("cli.notebooks"))
    run.add_argument("--shared", action="store_true", help=say("cli.shared"))


def _add_policy(policy: argparse.ArgumentParser) -> None:
    policy.add_argument("actor", choices=policies.ACTORS, help=say("cli.actor"))
    policy.add_argument(
        "--account", type=_account, required=True, metavar="111122223333", help=say("cli.account")
    )
    policy.add_argument("--student", metavar="ana", default="*", help=say("cli.policy_student"))
    policy.add_argument("--region", metavar="us-east-1", default="us-east-1", help=say("cli.region"))


def _add_local(commands: _Commands) -> None:
    up = _add(commands, "up", say("cli.local_up"), _local_up)
    up.add_argument("--port", type=_port, default=0, metavar="4566", help=say("cli.port"))
    _add(commands, "down", say("cli.local_down"), _local_down)
    _add(commands, "status", say("cli.local_status"), _local_status)
    _add(commands, "env", say("cli.local_env"), _local_env)
    _add(commands, "reset", say("cli.local_reset"), _local_reset)
    _add(commands, "access", say("cli.local_access"), _local_access)
    logs = _add(commands, "logs", say("cli.local_logs"), _local_logs)
    logs.add_argument(
        "--lines", type=_line_count, default=100, metavar="100", help=say("cli.lines", default=100)
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(say("cli.wrong_port", value=repr(text), highest=HIGHEST_PORT))
    return int(text)


def _account(text: str) -> str:
    if not re.fullmatch(r"\d{12}", text):
        raise argparse.ArgumentTypeError(say("cli.wrong_account", value=repr(text)))
    return text


def _line_count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(say("cli.wrong_line_count", value=repr(text)))
    return int(text)


# --- what is done; heavy modules are imported by the one command that needs them


def _run(chosen: argparse.Namespace) -> int:
    from mllab_helpers.runner.run import Request, run_notebooks

    parameters = dict(chosen.parameters)
    if chosen.student is not None:
        parameters["student"] = chosen.student
    return run_notebooks(
        Request(
            backend=chosen.backend,
            folder=chosen.notebooks,
            output=chosen.output,
            only=tuple(number for number in chosen.only.replace(" ", "").split(",") if number),
            first=chosen.first,
            parameters=parameters,
            shared=chosen.shared,
        )
    )


def _clean(chosen: argparse.Namespace) -> int:
    from mllab_helpers.cleanup import run_cleanup

    return run_cleanup(chosen.backend, chosen.student, chosen.region, texts.language())


def _doctor(chosen: argparse.Namespace) -> int:
    from mllab_helpers.doctor import run_doctor

    return run_doctor(chosen.backend, chosen.region, texts.language())


def _policy(chosen: argparse.Namespace) -> int:
    if chosen.student != "*":
        check_student(chosen.student)
    document = policies.policy(
        chosen.actor, account=chosen.account, region=chosen.region, student=chosen.student
    )
    print(json.dumps(document, indent=2))
    return 0


def _local_up(chosen: argparse.Namespace) -> int:
    connection = daemon.start(daemon.default_home(), chosen.port)
    _say_running(connection)
    if chosen.port not in (0, urlsplit(connection.endpoint_url).port):
        print(say("cli.local_other_port", port=chosen.port), file=sys.stderr)
        return 1
    return 0


def _local_down(_chosen: argparse.Namespace) -> int:
    stopped = daemon.stop(daemon.default_home())
    print(say("cli.local_stopped") if stopped else say("cli.local_not_running"))
    return 0


def _local_status(_chosen: argparse.Namespace) -> int:
    connection = daemon.status(daemon.default_home())
    if connection is None:
        print(say("cli.local_not_running"))
        return 1
    return _say_running(connection)


def _local_env(_chosen: argparse.Namespace) -> int:
    # Started when it is not running: `eval "$(mllab local env)"; aws s3 ls` is all that a user has to know.
    connection = daemon.start(daemon.default_home())
    # A token that lies around in the shell belongs to another key, and with it every request is refused.
    print("unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN")
    for name, value in connection.environment().items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _local_reset(_chosen: argparse.Namespace) -> int:
    connection = daemon.reset(daemon.default_home())
    print(say("cli.local_emptied"))
    return _say_running(connection)


def _local_logs(chosen: argparse.Namespace) -> int:
    log = daemon.logs(daemon.default_home())
    if not log.exists():
        print(say("cli.local_no_log"), file=sys.stderr)
        return 1
    with log.open(encoding="utf-8", errors="replace") as lines:
        sys.stdout.writelines(deque(lines, maxlen=chosen.lines))
    return 0


def _local_access(_chosen: argparse.Namespace) -> int:
    entries = daemon.access(daemon.default_home())
    if not entries:
        print(say("cli.no_access"))
        return 0
    # Of an ARN of IAM what comes after the account is enough to know somebody by.
    rows = [
        (each.principal.rpartition(":")[2], each.action, each.resource, _decision(each.decision))
        for each in entries
    ]
    heads = (
        say("cli.access_principal"),
        say("cli.access_action"),
        say("cli.access_resource"),
        say("cli.access_decision"),
    )
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


def _decision(outcome: str) -> str:
    words = {
        "allowed": say("cli.access_allowed"),
        "explicitDeny": say("cli.access_explicitDeny"),
        "implicitDeny": say("cli.access_implicitDeny"),
    }
    return words.get(outcome, outcome)


def _say_running(connection: daemon.Connection) -> int:
    endpoint, pid, home = connection.endpoint_url, connection.pid, connection.home
    print(say("cli.local_running", endpoint=endpoint, pid=pid, home=home))
    return 0


if __name__ == "__main__":
    sys.exit(main())
