"""How the `mllab` command line reads: a parser in the learner's language, and what commands share."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NoReturn

from mllab_helpers import texts
from mllab_helpers.texts import say

BACKENDS = ("local", "aws", "auto")

Command = Callable[[argparse.Namespace], int]

# What argparse says of a wrong command line, in English alone (3.10 to 3.13), and what the learner is told.
_SENTENCES = {
    "cli.wrong_choice": (
        r"argument (?P<argument>.+?): invalid choice: (?P<value>.+?) \(choose from (?P<choices>.+)\)"
    ),
    "cli.without_value": r"argument (?P<argument>.+?): expected (?:one|at least one|\d+) arguments?",
    "cli.about": r"argument (?P<argument>.+?): (?P<said>.+)",  # in the learner's language already
    "cli.missing": r"the following arguments are required: (?P<arguments>.+)",
    "cli.unknown": r"unrecognized arguments: (?P<arguments>.+)",
}


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


class Parser(argparse.ArgumentParser):
    """An argument parser that speaks the learner's language."""

    def __init__(self, prog: str, description: str | None = None) -> None:
        super().__init__(
            prog, description=description, add_help=False, allow_abbrev=False, formatter_class=_Formatter
        )
        self._optionals.title = say("cli.options")
        self._positionals.title = say("cli.arguments")
        self.add_argument("-h", "--help", action="help", help=say("cli.help"))
        self.add_argument("--language", choices=texts.LANGUAGES, help=say("cli.language"))

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and how it reads; exit with 2."""
        for key, pattern in _SENTENCES.items():
            if found := re.fullmatch(pattern, message):
                super().error(say(key, **found.groupdict()))
        super().error(message)


Commands = Any  # argparse names its own type of sub-commands privately


def add_command(commands: Commands, name: str, purpose: str, command: Command) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=purpose, description=purpose)
    parser.set_defaults(command=command)
    return parser


def add_where(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--backend", choices=BACKENDS, default="auto", help=say("cli.backend"))
    parser.add_argument("--region", metavar="us-east-1", help=say("cli.region"))


def in_columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Return a table's lines, heads first, with each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
