"""Small notebooks for the tests of the runner."""

from __future__ import annotations

from pathlib import Path

import nbformat

PARAMETERS = (
    'backend: str = "local"\nstudent: str = "ana"\nmax_depth: int = 6\neta: float = 0.3\nplain: bool = False'
)
CHECK = "from mllab_helpers import texts\nfrom mllab_helpers.lab.parameters import check_parameters\n"
CHECK += 'texts.use("en")\ncheck_parameters()'


def headline(text: str) -> str:
    """The code of a cell that shows a headline."""
    return f"from mllab_helpers.notebook.headline import show_headline\nshow_headline({text!r})"


def write_notebook(path: Path, *cells: str, parameters: str = PARAMETERS) -> Path:
    """Write a notebook with a title, a parameters cell and the given code cells."""
    version = nbformat.v4
    notebook = version.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        },
        cells=[
            version.new_markdown_cell(f"# Title of {path.stem}\n\nWords."),
            version.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
            *(version.new_code_cell(cell) for cell in cells),
        ],
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def printed(path: Path) -> str:
    """Return everything that an executed notebook printed."""
    return "".join(
        output.get("text", "")
        for cell in nbformat.read(path, as_version=4).cells
        for output in cell.get("outputs", ())
    )
