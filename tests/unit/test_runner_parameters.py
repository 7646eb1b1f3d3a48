"""Parameters in plain papermill runs: papermill warns, the notebook refuses."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from runner_notebooks import CHECK, printed, write_notebook

from mllab_helpers import texts
from mllab_helpers.lab.parameters import WrongParameter, check_parameters, convert, declared_parameters

DECLARED = {"backend": str, "max_depth": int, "eta": float, "plain": bool}
DEFAULTS = {"backend": "local", "max_depth": 6, "eta": 0.3, "plain": False}


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use(texts.DEFAULT_LANGUAGE)


def papermill(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    notebook = write_notebook(folder / "01_first.ipynb", CHECK, "print(repr((student, max_depth, eta)))")
    command = [sys.executable, "-m", "papermill", str(notebook), str(folder / "out.ipynb"), "-k", "python3"]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)


def test_plain_papermill_gives_declared_parameters_to_the_notebook(tmp_path):
    done = papermill(tmp_path, "-p", "student", "eva", "-p", "max_depth", "4", "-p", "eta", "1")
    assert done.returncode == 0, done.stderr
    assert printed(tmp_path / "out.ipynb") == "('eva', 4, 1)\n"


def test_plain_papermill_is_refused_every_wrong_parameter_by_name(tmp_path):
    done = papermill(tmp_path, "-p", "max_deep", "4", "-p", "max_depth", "four", "-p", "student", "7")
    assert done.returncode != 0
    assert "WrongParameter" in done.stderr
    assert "max_deep: no parameter has this name" in done.stderr
    assert "max_depth: expected whole number, got 'four'" in done.stderr
    assert "student: expected text, got 7 (with papermill, use -r student 7" in done.stderr
    assert "eta: number" in done.stderr  # the list of known ones
    assert "('ana'" not in done.stdout + done.stderr  # the next cell did not run


def test_a_notebook_without_injected_values_is_checked_for_types_only():
    check_parameters({"__annotations__": DECLARED, "In": ["", "x = 1"], "other": 3, **DEFAULTS})
    with pytest.raises(WrongParameter, match="max_depth: expected whole number, got 'six'"):
        check_parameters({"__annotations__": DECLARED, "In": [], **DEFAULTS, "max_depth": "six"})


def test_outside_a_notebook_there_is_nothing_to_check():
    check_parameters()


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("eta", 1, True),  # papermill reads `-p eta 1` as a whole number
        ("eta", True, False),
        ("max_depth", True, False),
        ("max_depth", 4.0, False),
        ("plain", 1, False),
        ("backend", None, False),
    ],
)
def test_types_are_kept_where_python_would_let_them_pass(name, value, accepted):
    namespace = {"__annotations__": DECLARED, **DEFAULTS, name: value}
    if accepted:
        check_parameters(namespace)
    else:
        with pytest.raises(WrongParameter, match=name):
            check_parameters(namespace)


def test_annotations_that_are_texts_count_as_well():
    with pytest.raises(WrongParameter, match="max_depth"):
        check_parameters({"__annotations__": {"max_depth": "int"}, "max_depth": "six"})


def test_variables_of_other_kinds_are_none_of_our_business():
    check_parameters({"__annotations__": {"rows": list, "wanted": "Iterable[str]"}, "rows": 3, "wanted": 4})


@pytest.mark.parametrize(
    "source",
    ["depth = 6", "depth: int", "depth: list = []", "depth: int = 'six'", "print(1)", "a: int = b: int = 1"],
)
def test_a_parameters_cell_holds_typed_values_only(source):
    with pytest.raises((ValueError, SyntaxError)):
        declared_parameters(source)


def test_what_is_typed_for_text_stays_as_typed():
    student = declared_parameters('student: str = "ana"')["student"]
    assert convert(student, "007") == "007"
