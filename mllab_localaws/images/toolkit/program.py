"""The command line of an image: `train` and `serve`, as the platform runs it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from mllab_localaws.images.toolkit import logs, training
from mllab_localaws.images.toolkit.layout import ML_ROOT, Layout
from mllab_localaws.images.toolkit.supervisor import Address, parse_address

Train = Callable[[Layout], None]
Serve = Callable[[Layout, Address], int]


def run(name: str, train: Train, serve: Serve, arguments: Sequence[str] | None = None) -> int:
    """Do what the command line says and return the exit code."""
    options = _parser(name).parse_args(arguments)
    logs.configure()
    layout = Layout(options.root.resolve())
    if options.command == "train":
        return training.run(train, layout)
    # A worker per CPU, one thread each, as AWS's images do; read when numpy or XGBoost is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        return serve(layout, options.bind)
    except (OSError, ValueError) as error:
        print(f"The {name} image cannot serve: {error}", file=sys.stderr)
        return 1


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=name, description=f"The local AWS's {name} image.")
    commands = parser.add_subparsers(dest="command", required=True)
    for command, text in (("train", "run a training job"), ("serve", "answer /ping and /invocations")):
        one = commands.add_parser(command, help=text)
        one.add_argument("--root", type=Path, default=Path(ML_ROOT), help="directory that is /opt/ml")
        if command == "serve":
            port = os.environ.get("SAGEMAKER_BIND_TO_PORT", "8080")
            one.add_argument(
                "--bind",
                type=parse_address,
                default=f"127.0.0.1:{port}",
                help="unix:/path/to.sock or host:port",
            )
    return parser
