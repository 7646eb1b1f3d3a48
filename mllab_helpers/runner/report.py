"""One HTML page with everything that a run produced; it needs no other file and no network."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import nbformat
from nbconvert import HTMLExporter

from mllab_helpers.runner.editions import has_tag
from mllab_helpers.runner.execution import NotebookResult
from mllab_helpers.runner.failure import MARKER_TAG
from mllab_helpers.runner.table import result_rows
from mllab_helpers.texts import language, say

_HEADING = re.compile(r"(#{1,2}) +(.+)")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_STYLE = "<style>body.jp-Notebook { max-width: 1080px; margin: 0 auto; }</style>"


def write_report(results: list[NotebookResult], path: Path) -> Path:
    """Write the executed notebooks of a run, one after the other, below their table and a table of contents.

    Args: results: in the order of the run; notebooks that were not reached appear in the table only.
    Returns: the path.
    """
    contents: list[str] = []
    cells: list[nbformat.NotebookNode] = []
    for result in results:
        if result.seconds is None:
            continue
        entries, its_cells = _chapter(result)
        contents += entries
        cells += its_cells
    opening = nbformat.v4.new_markdown_cell(
        "\n\n".join([f"# {say('runner.report_title')}", _when(), _table(results), "\n".join(contents)])
    )
    notebook = nbformat.v4.new_notebook(
        cells=[opening, *cells], metadata={"title": say("runner.report_title")}
    )
    path.write_text(_to_html(notebook), encoding="utf-8")
    return path


def _chapter(result: NotebookResult) -> tuple[list[str], list[nbformat.NotebookNode]]:
    """Return a notebook's lines for the table of contents, and its cells with the anchors they point at."""
    entries: list[str] = []
    cells = nbformat.read(result.path, as_version=4).cells
    for place, cell in enumerate(cells):
        # Two notebooks may share ids, which have to be unique on one page.
        cell["id"] = f"{result.name}-cell-{place}"
        titled = cell.cell_type == "markdown" and not has_tag(cell, MARKER_TAG)
        heading = _HEADING.match(cell.source) if titled else None
        if heading:
            anchor = f"{result.name}-{len(entries)}"
            cell.source = f'<a id="{anchor}"></a>\n\n{cell.source}'
            indent = "    " * (len(heading[1]) - 1)
            words = _LINK.sub(r"\1", heading[2]).strip()
            entries.append(f"{indent}- [{words}](#{anchor})")
    return entries, cells


def _when() -> str:
    return say("runner.report_when", time=datetime.now().strftime("%Y-%m-%d %H:%M"))


def _table(results: list[NotebookResult]) -> str:
    heading = (say("runner.column_notebook"), say("runner.column_seconds"), say("runner.column_result"))
    rows = [heading, ("---", "---:", "---"), *result_rows(results)]
    return "\n".join("| " + " | ".join(text.replace("|", "\\|") for text in row) + " |" for row in rows)


def _to_html(notebook: nbformat.NotebookNode) -> str:
    """Render with nbconvert's JupyterLab look, with nothing left that a browser would fetch."""
    exporter = HTMLExporter(
        language_code=language(),
        mathjax_url="",
        require_js_url="",
        jquery_url="",
        mermaid_js_url="",
        mermaid_layout_elk_js_url="",
    )
    body, _resources = exporter.from_notebook_node(notebook)
    return re.sub(r'<script src="">\s*</script>', "", body).replace("</head>", _STYLE + "</head>", 1)
