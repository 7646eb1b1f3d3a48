"""The table at the end of a run: notebook, seconds, headline."""

from __future__ import annotations

from mllab_helpers.runner.execution import NotebookResult
from mllab_helpers.texts import say


def result_rows(results: list[NotebookResult]) -> list[tuple[str, str, str]]:
    """Return one row per notebook: name, seconds, and headline or what happened instead."""
    return [(result.name, _seconds(result), _outcome(result)) for result in results]


def results_table(results: list[NotebookResult]) -> str:
    """Lay the rows out for a terminal, under a heading and above a total."""
    heading = (say("runner.column_notebook"), say("runner.column_seconds"), say("runner.column_result"))
    total = (say("runner.total"), f"{sum(result.seconds or 0 for result in results):.1f}", "")
    rows = [heading, *result_rows(results), total]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    rule = "  ".join("-" * width for width in widths)
    lines = [f"{name:<{widths[0]}}  {seconds:>{widths[1]}}  {text}".rstrip() for name, seconds, text in rows]
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]])


def closing_line(result: NotebookResult) -> str:
    """Say in one line how one notebook went."""
    return "  ".join(text for text in (result.name, f"{_seconds(result)} s", _outcome(result)) if text)


def _seconds(result: NotebookResult) -> str:
    return "" if result.seconds is None else f"{result.seconds:.1f}"


def _outcome(result: NotebookResult) -> str:
    if result.seconds is None:
        return say("runner.not_reached")
    if result.failure is not None:
        return say("runner.failed_at", cell=result.failure.cell)
    return result.headline
