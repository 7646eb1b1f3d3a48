"""Build and execute the editions of the notebooks from their sources, or check that they are up to date.

    python tools/build_editions.py            builds notebooks/es and notebooks/en
    python tools/build_editions.py --check    only says what is stale or against the rules, and fails then

The notebooks of one language run in order against one fresh local AWS, because each builds on the one before.
How a source is written: see `edition_source.py`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import nbformat
from edition_source import LANGUAGES, edition_path, make_edition, source_digest, source_problems
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode

from mllab_helpers.runner.kernel import KERNEL, LabKernelManager
from mllab_helpers.runner.local_aws import fresh_local_aws

PROJECT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Run the command line; the exit code is 1 when an edition is stale, broken or cannot be built."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--check", action="store_true", help="build nothing, only check")
    parser.add_argument("--language", choices=LANGUAGES, help="build one language only")
    parser.add_argument("--until", default="99", metavar="02", help="stop after this notebook")
    parser.add_argument(
        "--notebooks", type=Path, default=PROJECT / "notebooks", help="holds source/, es/ and en/"
    )
    chosen = parser.parse_args()
    sources = sorted((chosen.notebooks / "source").glob("[0-9][0-9]_*.py"))
    problems = [problem for source in sources for problem in source_problems(source)]
    if chosen.check:
        problems += stale_editions(chosen.notebooks, sources)
    else:
        wanted = [source for source in sources if source.name[:2] <= chosen.until]
        for language in [chosen.language] if chosen.language else LANGUAGES:
            problems += build(wanted, language)
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def stale_editions(notebooks: Path, sources: list[Path]) -> list[str]:
    """Return a sentence for each edition that is missing, older than its source, or has none."""
    wanted = {edition_path(source, language): source for source in sources for language in LANGUAGES}
    problems = []
    for path, source in wanted.items():
        name = path.relative_to(notebooks)
        if not path.exists():
            problems.append(f"{name} is missing: run `make notebooks`")
        elif nbformat.read(path, as_version=4).metadata.get("mllab", {}).get(
            "source_sha256"
        ) != source_digest(source):
            problems.append(f"{name} is older than source/{source.name}: run `make notebooks`")
    present = {path for language in LANGUAGES for path in (notebooks / language).glob("*.ipynb")}
    problems += [
        f"{path.relative_to(notebooks)} has no source: delete it" for path in sorted(present - set(wanted))
    ]
    return problems


def build(sources: list[Path], language: str) -> list[str]:
    """Build, execute and write one language's editions; stop at the first that fails.

    Returns: what went wrong, one text each.
    """
    with fresh_local_aws() as environment, tempfile.TemporaryDirectory(prefix="mllab-") as folder:
        for source in sources:
            notebook, path = make_edition(source, language), edition_path(source, language)
            started = time.monotonic()
            try:
                execute(notebook, Path(folder), environment)
            except CellExecutionError as error:
                return [f"{path.name}: {strip_ansi(str(error))}"]
            places = {str(Path.home()), str(PROJECT), folder, environment["MLLAB_LOCAL_HOME"]}
            if problems := outputs_naming(notebook, places):
                return [f"{path.name}: {problem}" for problem in problems]
            path.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, path)
            print(f"{language}/{path.name}  {time.monotonic() - started:.1f} s", flush=True)
    return []


def execute(notebook: NotebookNode, folder: Path, environment: Mapping[str, str]) -> None:
    """Execute a notebook in place, in a folder, and forget everything that changes with each execution."""
    metadata = dict(notebook.metadata)
    NotebookClient(
        notebook,
        kernel_name=KERNEL,
        kernel_manager_class=LabKernelManager,
        resources={"metadata": {"path": str(folder)}},
        coalesce_streams=True,
        record_timing=False,
    ).execute(env=dict(environment))
    notebook.metadata = NotebookNode(metadata)


def outputs_naming(notebook: NotebookNode, places: set[str]) -> list[str]:
    """Return a sentence for each cell whose output names a folder of this machine."""
    return [
        f"a cell's output names a folder of this machine ({place}): {cell.source.splitlines()[0]!r}"
        for cell in notebook.cells
        for place in sorted(places)
        if place in nbformat.v4.writes(nbformat.v4.new_notebook(cells=[cell])).split('"outputs":', 1)[-1]
    ]


if __name__ == "__main__":
    sys.exit(main())
