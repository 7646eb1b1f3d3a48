"""Cells call AWS themselves, too: what boto3 raises there is explained like an error of the helpers."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mllab_helpers.aws_errors import explain_no_answer, explain_refusal


def explain_in_notebook() -> None:
    """Show the lab's error for what a cell's own call to AWS raises, with boto3's as its cause."""
    if "IPython" not in sys.modules:
        return
    from IPython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((ClientError, BotoCoreError), _show)


def _show(
    shell: Any,
    _kind: type[BaseException],
    error: ClientError | BotoCoreError,
    traceback: TracebackType,
    tb_offset: int | None = None,
) -> None:
    """Show an error in a cell, as IPython asks (`InteractiveShell.set_custom_exc`)."""
    explained = explain_refusal(error) if isinstance(error, ClientError) else explain_no_answer(error)
    explained.__cause__ = error
    shell.showtraceback((type(explained), explained, traceback), tb_offset=tb_offset)
