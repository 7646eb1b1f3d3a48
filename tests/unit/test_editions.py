"""The builder of the editions, on small sources, and the project's own sources and editions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tools"))

from build_editions import build, stale_editions  # noqa: E402
from edition_source import edition_path, make_edition, source_problems  # noqa: E402

PARAGRAPHS = '# %% [markdown] lang="es"\n# # Hola\n# %% [markdown] lang="en"\n# # Hello\n'
PARAMETERS = '# %% tags=["parameters"]\nlanguage: str = "es"\nrounds: int = 3\n'
EXERCISE = """\
# %% tags=["exercise"]
double = ...
# %% tags=["solution"]
double = rounds * 2
# %%
from mllab_helpers.notebook.exercises import check_exercise

check_exercise("1.1", double, lambda answer: "" if answer == rounds * 2 else "no")
"""


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    (tmp_path / "source").mkdir()
    return tmp_path


def write_source(notebooks: Path, text: str, name: str = "05_monitoring_optimisation") -> Path:
    source = notebooks / "source" / f"{name}.py"
    source.write_text(text, encoding="utf-8")
    return source


def code_of(notebook: nbformat.NotebookNode) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def words_of(notebook: nbformat.NotebookNode) -> str:
    return "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")


def test_editions_share_their_code_and_have_words_in_one_language(notebooks):
    source = write_source(notebooks, PARAGRAPHS + PARAMETERS + "# %%\nprint(rounds)\n")
    spanish, english = make_edition(source, "es"), make_edition(source, "en")
    assert words_of(spanish) == "# Hola"
    assert words_of(english) == "# Hello"
    assert code_of(spanish)[1:] == code_of(english)[1:] == ["print(rounds)"]
    assert 'language: str = "es"' in code_of(spanish)[0]
    assert 'language: str = "en"' in code_of(english)[0]


def test_editions_have_the_names_of_the_course(notebooks):
    source = write_source(notebooks, PARAGRAPHS)
    assert edition_path(source, "es") == notebooks / "es" / "05_monitoreo_optimizacion.ipynb"
    assert edition_path(source, "en") == notebooks / "en" / "05_monitoring_optimisation.ipynb"


def test_a_solution_is_folded_text_in_the_edition_and_code_in_the_solved_notebook(notebooks):
    source = write_source(notebooks, PARAGRAPHS + PARAMETERS + EXERCISE)
    edition, solved = make_edition(source, "es"), make_edition(source, "es", solved=True)
    assert "double = ..." in code_of(edition)
    assert "double = rounds * 2" not in code_of(edition)
    assert "<details>" in words_of(edition)
    assert "Solución" in words_of(edition)
    assert "double = rounds * 2" in words_of(edition)
    assert "double = rounds * 2" in code_of(solved)
    assert "double = ..." not in code_of(solved)
    assert len(code_of(solved)) == len(code_of(edition))


def test_a_built_edition_holds_outputs_and_is_the_same_when_built_again(notebooks):
    source = write_source(notebooks, PARAGRAPHS + PARAMETERS + EXERCISE + "# %%\nprint(rounds * 2)\n")
    assert build([source], "en") == []
    first = edition_path(source, "en").read_text()
    assert '"6\\n"' in first
    assert '"exercise": "open"' in first
    assert build([source], "en") == []
    assert edition_path(source, "en").read_text() == first


def test_notebooks_of_a_language_share_a_folder_and_a_local_aws_home(notebooks):
    shows = "# %%\nimport os, pathlib\n"
    writes = shows + "count = pathlib.Path('home').write_text(os.environ['MLLAB_LOCAL_HOME'])\n"
    reads = shows + "print(pathlib.Path('home').read_text() == os.environ['MLLAB_LOCAL_HOME'])\n"
    sources = [
        write_source(notebooks, PARAGRAPHS + PARAMETERS + writes, "04_lambda_api_gateway"),
        write_source(notebooks, PARAGRAPHS + PARAMETERS + reads),
    ]
    assert build(sources, "es") == []
    assert '"True\\n"' in edition_path(sources[1], "es").read_text()


def test_a_new_paragraph_changes_no_other_cell(notebooks):
    rest = PARAMETERS + "# %%\nprint(rounds)\n# %%\nprint(rounds)\n"
    before = make_edition(write_source(notebooks, PARAGRAPHS + rest), "es").cells
    more = PARAGRAPHS + PARAGRAPHS.replace("# # Hola", "# # Otra")
    after = make_edition(write_source(notebooks, more + rest), "es").cells
    assert [cell.id for cell in before[1:]] == [cell.id for cell in after[2:]]
    assert len({cell.id for cell in after}) == len(after)


def test_a_failing_cell_stops_the_build_and_leaves_no_edition(notebooks):
    source = write_source(notebooks, PARAGRAPHS + PARAMETERS + "# %%\nraise ValueError('broken')\n")
    (problem,) = build([source], "es")
    assert "05_monitoreo_optimizacion" in problem
    assert "broken" in problem
    assert not edition_path(source, "es").exists()


def test_an_output_that_names_a_folder_of_the_builder_is_refused(notebooks):
    source = write_source(notebooks, PARAGRAPHS + PARAMETERS + "# %%\nimport os\nprint(os.getcwd())\n")
    assert any("folder of this machine" in problem for problem in build([source], "es"))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (PARAMETERS + '# %% [markdown] lang="es"\n# Solo\n', "pair es, en: 'Solo'"),
        (PARAMETERS + '# %% [markdown] lang="en"\n# Alone\n', "pair es, en: 'Alone'"),
        (PARAMETERS + PARAGRAPHS.replace(' lang="en"', ""), "pair es, en"),
        (PARAMETERS + '# %% [markdown] lang="en"\n# B\n# %% [markdown] lang="es"\n# A\n', "pair es, en"),
        (PARAGRAPHS, "0 cells are tagged `parameters`"),
        (PARAMETERS + PARAMETERS, "2 cells are tagged `parameters`"),
        (PARAMETERS + "depth = 6\n", "not of the form"),
        ('# %% tags=["parameters"]\nrounds: int = 3\n', "does not declare `language"),
        (PARAMETERS + "# %%\n# palabras\nprint(1)\n", "holds a comment"),
        (PARAMETERS + '# %% tags=["raises-exception"]\n1 / 0\n', "`raises-exception` makes papermill fail"),
        (PARAMETERS + '# %% tags=["exercise"]\ndouble = ...\n', "1 exercise cells without a solution"),
        (PARAMETERS + '# %% tags=["solution"]\ndouble = 2\n', "1 solution cells without an exercise"),
        (PARAMETERS + '# %% tags=["nbval-ignore-output"]\nprint(1)\n', "1 of 2 code cells are ignored"),
    ],
)
def test_a_source_against_the_rules_is_told_which(notebooks, text, problem):
    assert any(problem in one for one in source_problems(write_source(notebooks, text)))


def test_a_source_within_the_rules_has_no_problems(notebooks):
    assert source_problems(write_source(notebooks, PARAGRAPHS + PARAMETERS + 2 * EXERCISE)) == []


NUMBERS_OF_CELLS = [
    *(("01_a", 20), ("02_b", 30), ("03_c", 25)),
    *(("04_d", 25), ("05_e", 45), ("06_f", 10)),
]


@pytest.mark.parametrize(("name", "most"), NUMBERS_OF_CELLS)
def test_notebooks_stay_as_short_as_promised(notebooks, name, most):
    def too_long(cells: int) -> bool:
        text = PARAGRAPHS + PARAMETERS + "# %%\nprint(1)\n" * (cells - 1)
        return any("stay teachable" in one for one in source_problems(write_source(notebooks, text, name)))

    assert not too_long(most)
    assert too_long(most + 1)


def test_a_missing_an_old_and_an_orphaned_edition_are_stale(notebooks):
    source = write_source(notebooks, PARAGRAPHS + PARAMETERS)
    (notebooks / "es").mkdir()
    nbformat.write(make_edition(source, "es"), edition_path(source, "es"))
    nbformat.write(make_edition(source, "es"), notebooks / "es" / "07_nothing.ipynb")
    write_source(notebooks, PARAGRAPHS + PARAMETERS + "# %%\nprint(1)\n")
    stale = "\n".join(stale_editions(notebooks, [source]))
    assert "es/05_monitoreo_optimizacion.ipynb is older" in stale
    assert "en/05_monitoring_optimisation.ipynb is missing" in stale
    assert "es/07_nothing.ipynb has no source" in stale


def test_the_projects_own_editions_are_up_to_date_and_within_the_rules():
    command = [sys.executable, str(PROJECT / "tools" / "build_editions.py"), "--check"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


def test_the_project_has_the_notebooks_that_it_promises():
    numbers = {path.name[:2] for path in (PROJECT / "notebooks" / "source").glob("*.py")}
    assert {"01", "02", "03", "06"} <= numbers
