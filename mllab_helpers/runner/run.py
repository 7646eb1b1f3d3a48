"""`mllab run`: the notebooks of one language, in order, with what a run leaves behind."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mllab_helpers.lab.connection import choose_backend
from mllab_helpers.lab.parameters import Value
from mllab_helpers.runner import local_aws
from mllab_helpers.runner.editions import PROJECT, Edition, choose, find_editions, values_for
from mllab_helpers.runner.execution import NotebookResult, execute
from mllab_helpers.runner.progress import NotebookProgress
from mllab_helpers.runner.report import write_report
from mllab_helpers.runner.table import closing_line, results_table
from mllab_helpers.texts import language, say

INTERRUPTED = 130  # what a shell reports for a program that Ctrl-C ended


@dataclass(frozen=True)
class Request:
    """What a run was asked to do.

    Attributes:
        folder: where the notebooks are; the project's edition of the current language when None.
        output: where the results go; `runs/<time>` below the project when None.
        only, first: numbers of notebooks, see `editions.choose`.
        parameters: typed name and value pairs, for every notebook that declares them.
        shared: use the learner's own local AWS, and leave it running, instead of a fresh one.
    """

    backend: str = "local"
    folder: Path | None = None
    output: Path | None = None
    only: tuple[str, ...] = ()
    first: str = ""
    parameters: Mapping[str, str] | None = None
    shared: bool = False


def run_notebooks(request: Request) -> int:
    """Run the notebooks and leave them executed, with a table on the screen and a `report.html`.

    Returns: the exit code: 0, 1 when a notebook failed, 130 after Ctrl-C.
    Raises: LabError: the request cannot be met; nothing was run.
    """
    editions = find_editions(request.folder or PROJECT / "notebooks" / language())
    editions = choose(editions, only=request.only, first=request.first)
    values = values_for(editions, {"backend": request.backend, **(request.parameters or {})})
    output = request.output or PROJECT / "runs" / datetime.now().strftime("%Y-%m-%d_%H-%M-%S")
    output.mkdir(parents=True, exist_ok=True)
    print(say("runner.start", count=len(editions), output=_short(output)), flush=True)

    home = None if request.shared or request.backend == "aws" else local_aws.create_home()
    dead_log = None
    try:
        results = _run_all(editions, values, output.resolve(), home)
    except KeyboardInterrupt:
        print(f"\n{say('runner.interrupted', output=_short(output))}", file=sys.stderr)
        _warn_about_cost(request.backend)
        return INTERRUPTED
    finally:
        if home is not None:
            dead_log = local_aws.close(home)
    return _conclude(request, results, output, dead_log)


def _run_all(
    editions: list[Edition], values: Mapping[str, Mapping[str, Value]], output: Path, home: Path | None
) -> list[NotebookResult]:
    environment = local_aws.kernel_environment(home)
    results: list[NotebookResult] = []
    for edition in editions:
        if any(result.failure for result in results):
            results.append(NotebookResult(edition.name, output / edition.path.name))
            continue
        progress = NotebookProgress(edition.name, sys.stdout)
        result = execute(
            edition, output, parameters=values[edition.name], environment=environment, progress=progress
        )
        progress.end(closing_line(result))
        results.append(result)
    return results


def _conclude(request: Request, results: list[NotebookResult], output: Path, dead_log: Path | None) -> int:
    report = write_report(results, output / "report.html")
    print(f"\n{results_table(results)}\n")
    print(say("runner.report", report=_short(report)), flush=True)
    failed = next((result for result in results if result.failure), None)
    if failed is None:
        return 0
    print(f"\n{_failure_text(failed)}", file=sys.stderr)
    if dead_log is not None:
        print(say("runner.local_aws_died", log=dead_log), file=sys.stderr)
    if not _created_nothing(results):
        _warn_about_cost(request.backend)
    return 1


def _failure_text(result: NotebookResult) -> str:
    assert result.failure is not None
    return say(
        "runner.failure",
        name=result.name,
        cell=result.failure.cell,
        first_line=result.failure.first_line,
        error=result.failure.error,
        path=_short(result.path),
    )


def _created_nothing(results: list[NotebookResult]) -> bool:
    first = results[0].failure
    return first is not None and first.was_not_let_in


def _warn_about_cost(backend: str) -> None:
    if choose_backend(backend) == "aws":
        print(say("runner.aws_may_cost"), file=sys.stderr)


def _short(path: Path) -> Path:
    """The path as a person would type it from here."""
    path = path.resolve()
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path
