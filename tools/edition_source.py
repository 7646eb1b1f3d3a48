"""From one notebook source to its two editions: choosing cells, exercises, and the rules that sources keep.

How a source (`notebooks/source/NN_name.py`, jupytext percent format) is written:

- `# %% [markdown] lang="es"`, directly followed by `# %% [markdown] lang="en"`: a paragraph, twice.
- `# %%`: code, shared by both editions; without comments, since a comment would have one language only.
- `# %% tags=["parameters"]`: exactly one cell, of lines `name: type = value` (str, int, float, bool). The
  builder puts each edition's language into its `language` parameter.
- `# %% tags=["nbval-ignore-output"]`: the output differs between runs (times); one code cell in five at most.
- `# %% tags=["exercise"]`: what the learner starts from. It runs as it stands: `answer = ...`.
- `# %% tags=["solution"]`: directly after the exercise; a full replacement of its code. In the editions it
  appears folded, as text, so that running all cells never overwrites a learner's answer. The tests execute
  the solved notebook, in which each solution stands in the place of its exercise.
- then a cell that calls a self-check (`mllab_helpers.notebook.exercises.check_exercise`): it says "open" in
  the editions and "solved" in the solved notebook.

`raises-exception` is refused: papermill ends such a notebook with a failure. A failure met on purpose is
caught by the cell itself and its message printed.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from mllab_helpers.lab.parameters import declared_parameters
from mllab_helpers.runner.editions import has_tag
from mllab_helpers.runner.kernel import KERNEL

LANGUAGES = ("es", "en")
SPANISH_NAMES = {
    "01_environment": "01_preparacion",
    "02_training": "02_entrenamiento",
    "03_deployment": "03_despliegue",
    "04_lambda_api_gateway": "04_lambda_api_gateway",
    "05_monitoring_optimisation": "05_monitoreo_optimizacion",
    "06_cleanup": "06_limpieza",
}
MOST_CODE_CELLS = {"01": 20, "02": 30, "03": 25, "04": 25, "05": 45, "06": 10}
LEAST_EXERCISES = {"01": 2, "02": 2, "03": 2, "04": 2, "05": 2}
SOLUTION = {"es": "Solución", "en": "Solution"}
IGNORED = ("nbval-ignore-output", "nbval-skip")


def edition_path(source: Path, language: str) -> Path:
    """Return where a source's edition belongs: `notebooks/<language>/<name>.ipynb`."""
    name = SPANISH_NAMES.get(source.stem, source.stem) if language == "es" else source.stem
    return source.parents[1] / language / f"{name}.ipynb"


def source_digest(source: Path) -> str:
    """Return the SHA-256 by which an edition remembers its source."""
    return hashlib.sha256(source.read_bytes()).hexdigest()


def make_edition(source: Path, language: str, *, solved: bool = False) -> NotebookNode:
    """Build one language's notebook, not yet executed.

    Args: solved: put every solution in the place of its exercise.
    """
    cells = [cell for cell in jupytext.read(source).cells if cell.metadata.get("lang", language) == language]
    cells = _with_solutions(cells) if solved else [_folded_if_solution(cell, language) for cell in cells]
    for cell in cells:
        for of_the_source in ("lang", "lines_to_next_cell"):
            cell.metadata.pop(of_the_source, None)
        if has_tag(cell, "parameters"):
            cell.source = re.sub(
                r"^(language: str = ).*$", rf'\1"{language}"', cell.source, flags=re.MULTILINE
            )
    _give_stable_ids(cells)
    return nbformat.v4.new_notebook(
        cells=cells,
        metadata={
            "kernelspec": {"display_name": KERNEL, "language": "python", "name": KERNEL},
            "language_info": {"name": "python"},
            "mllab": {"language": language, "source": source.name, "source_sha256": source_digest(source)},
        },
    )


def source_problems(source: Path) -> list[str]:
    """Return what is wrong with a source, one sentence each."""
    cells = jupytext.read(source).cells
    code = [cell for cell in cells if cell.cell_type == "code"]
    problems = [*_language_problems(cells), *_exercise_problems(cells), *_parameter_problems(code)]
    problems += [
        f"code holds a comment, which one edition could not read: {line.strip()!r}"
        for cell in code
        for line in cell.source.splitlines()
        if line.lstrip().startswith("#")
    ]
    if any(has_tag(cell, "raises-exception") for cell in code):
        problems.append("`raises-exception` makes papermill fail: catch the error and print it")
    shown = [cell for cell in code if not has_tag(cell, "solution")]
    ignored = sum(any(has_tag(cell, tag) for tag in IGNORED) for cell in shown)
    if ignored * 5 > len(shown):
        problems.append(f"{ignored} of {len(shown)} code cells are ignored by nbval; at most a fifth may be")
    least, exercises = (
        LEAST_EXERCISES.get(source.name[:2], 0),
        sum(has_tag(cell, "exercise") for cell in code),
    )
    if exercises < least:
        problems.append(f"{exercises} exercises; at least {least} are promised")
    most = MOST_CODE_CELLS.get(source.name[:2], len(shown))
    if len(shown) > most:
        problems.append(f"{len(shown)} code cells; at most {most} stay teachable")
    return [f"{source.name}: {problem}" for problem in problems]


def _language_problems(cells: list[NotebookNode]) -> list[str]:
    languages = [cell.metadata.get("lang") if cell.cell_type == "markdown" else "code" for cell in cells]
    following = [*languages[1:], "end"]
    previous = ["start", *languages[:-1]]
    problems = []
    for cell, before, own, after in zip(cells, previous, languages, following, strict=True):
        lonely = (own == "es" and after != "en") or (own == "en" and before != "es")
        if lonely or own not in ("es", "en", "code"):
            opening = cell.source.strip().splitlines()[0] if cell.source.strip() else "(empty)"
            problems.append(f"a markdown cell is not one of a pair es, en: {opening!r}")
    return problems


def _exercise_problems(cells: list[NotebookNode]) -> list[str]:
    kinds = [
        next((tag for tag in ("exercise", "solution") if has_tag(cell, tag)), cell.cell_type)
        for cell in cells
    ]
    pairs = list(zip(kinds, [*kinds[1:], "end"], strict=True))
    alone = sum(kind == "exercise" and after != "solution" for kind, after in pairs)
    orphans = sum(after == "solution" and kind != "exercise" for kind, after in pairs)
    return [
        f"{count} {what}"
        for count, what in (
            (alone, "exercise cells without a solution cell directly after them"),
            (orphans, "solution cells without an exercise cell directly before them"),
        )
        if count
    ]


def _parameter_problems(code: list[NotebookNode]) -> list[str]:
    tagged = [cell for cell in code if has_tag(cell, "parameters")]
    if len(tagged) != 1:
        return [f"{len(tagged)} cells are tagged `parameters`; exactly one must be"]
    try:
        declared = declared_parameters(tagged[0].source)
    except ValueError as error:
        return [str(error)]
    return [] if "language" in declared else ["the parameters cell does not declare `language: str`"]


def _with_solutions(cells: list[NotebookNode]) -> list[NotebookNode]:
    for exercise, solution in pairwise(cells):
        if has_tag(solution, "solution"):
            exercise.source = solution.source
    return [cell for cell in cells if not has_tag(cell, "solution")]


def _folded_if_solution(cell: NotebookNode, language: str) -> NotebookNode:
    if not has_tag(cell, "solution"):
        return cell
    summary = f"<summary><b>{SOLUTION[language]}</b></summary>"
    text = f"<details>\n{summary}\n\n```python\n{cell.source}\n```\n\n</details>"
    return nbformat.v4.new_markdown_cell(text, metadata={"tags": ["solution"]})


def _give_stable_ids(cells: list[NotebookNode]) -> None:
    """Name cells by their text, so that a new paragraph changes no other cell's line in a diff."""
    seen: Counter[str] = Counter()
    for cell in cells:
        seen[cell.source] += 1
        cell["id"] = hashlib.sha256(f"{cell.source}\0{seen[cell.source]}".encode()).hexdigest()[:12]
