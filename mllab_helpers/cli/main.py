"""The `mllab` command: reads the command line and hands over to the module that does the work."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from mllab_helpers import texts
from mllab_helpers.cli.class_ import add_class_commands
from mllab_helpers.cli.local import add_local_commands
from mllab_helpers.cli.parser import BACKENDS, Command, Parser, add_command, add_where
from mllab_helpers.cli.policy import add_policy_command
from mllab_helpers.errors import LabError
from mllab_helpers.texts import say
from mllab_localaws import daemon


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


def _parser() -> Parser:
    parser = Parser("mllab", say("cli.description"))
    commands = parser.add_subparsers(title=say("cli.commands"), metavar=say("cli.command"), required=True)
    _add_run(add_command(commands, "run", say("cli.run"), _run))
    clean = add_command(commands, "clean", say("cli.clean"), _clean)
    add_where(clean)
    clean.add_argument("--student", metavar="ana", help=say("cli.student"))
    clean.add_argument("--expired", action="store_true", help=say("cli.expired"))
    costs = add_command(commands, "costs", say("cli.costs"), _costs)
    add_where(costs)
    costs.add_argument("--student", metavar="ana", help=say("cli.student"))
    _add_doctor(add_command(commands, "doctor", say("cli.doctor"), _doctor))
    add_command(commands, "kernel", say("cli.kernel"), _kernel)
    add_policy_command(commands)
    local = commands.add_parser("local", help=say("cli.local"), description=say("cli.local"))
    add_local_commands(
        local.add_subparsers(title=say("cli.commands"), metavar=say("cli.command"), required=True)
    )
    group = commands.add_parser("class", help=say("cli.class"), description=say("cli.class"))
    add_class_commands(
        group.add_subparsers(title=say("cli.commands"), metavar=say("cli.command"), required=True)
    )
    return parser


def _add_doctor(doctor: argparse.ArgumentParser) -> None:
    add_where(doctor)
    doctor.add_argument("--student", metavar="ana", help=say("cli.student"))
    doctor.add_argument("--notebooks", metavar="01,02", default="", help=say("cli.doctor_notebooks"))
    _add_parameters(doctor)


def _add_parameters(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-p",
        dest="parameters",
        nargs=2,
        metavar=("max_depth", "4"),
        action="append",
        default=[],
        help=say("cli.parameter"),
    )


def _add_run(run: argparse.ArgumentParser) -> None:
    run.add_argument("--backend", choices=BACKENDS, default="auto", help=say("cli.backend"))
    run.add_argument("--student", metavar="ana", help=say("cli.student"))
    run.add_argument("--only", metavar="01,02", default="", help=say("cli.only"))
    run.add_argument("--from", dest="first", metavar="02", default="", help=say("cli.from"))
    _add_parameters(run)
    run.add_argument("--output", type=Path, metavar="DIR", help=say("cli.output"))
    run.add_argument("--notebooks", type=Path, metavar="DIR", help=say("cli.notebooks"))
    run.add_argument("--shared", action="store_true", help=say("cli.shared"))


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
            only=_numbers(chosen.only),
            first=chosen.first,
            parameters=parameters,
            shared=chosen.shared,
        )
    )


def _clean(chosen: argparse.Namespace) -> int:
    from mllab_helpers.cleanup.cleanup import run_cleanup
    from mllab_helpers.cleanup.expired import run_expired

    run = run_expired if chosen.expired else run_cleanup
    return run(chosen.backend, chosen.student, chosen.region, texts.language())


def _costs(chosen: argparse.Namespace) -> int:
    from mllab_helpers.costs.costs_report import run_costs

    return run_costs(chosen.backend, chosen.student, chosen.region, texts.language())


def _doctor(chosen: argparse.Namespace) -> int:
    from mllab_helpers.doctor.doctor import NOTEBOOKS, run_doctor

    notebooks = _numbers(chosen.notebooks) or NOTEBOOKS
    if unknown := [number for number in notebooks if number not in NOTEBOOKS]:
        print(say("errors.unknown_notebook", number=unknown[0], known=", ".join(NOTEBOOKS)), file=sys.stderr)
        return 2
    return run_doctor(
        chosen.backend,
        chosen.region,
        texts.language(),
        student=chosen.student,
        notebooks=notebooks,
        parameters=dict(chosen.parameters),
    )


def _numbers(typed: str) -> tuple[str, ...]:
    return tuple(number for number in typed.replace(" ", "").split(",") if number)


def _kernel(_chosen: argparse.Namespace) -> int:
    from mllab_helpers.runner.kernel import KERNEL, register

    print(say("cli.kernel_installed", kernel=KERNEL, python=sys.prefix, place=register()))
    return 0
