"""The editions in plain papermill, with other parameters, and with their exercises solved."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from ipykernel.kernelspec import install

from mllab_helpers.runner.kernel import KERNEL
from mllab_helpers.runner.local_aws import fresh_local_aws

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tools"))

from build_editions import execute  # noqa: E402
from edition_source import make_edition  # noqa: E402


def papermill(
    notebook: str, output: Path, environment: dict[str, str], *parameters: str
) -> subprocess.CompletedProcess[str]:
    command = [Path(sys.executable).with_name("papermill"), notebook, output, "-k", KERNEL, *parameters]
    return subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture
def environment(tmp_path):
    install(prefix=str(tmp_path), kernel_name=KERNEL, display_name=KERNEL)
    with fresh_local_aws() as environment:
        yield {**environment, "JUPYTER_PATH": str(tmp_path / "share" / "jupyter")}


def test_plain_papermill_trains_with_the_depth_that_was_typed(tmp_path, environment):
    preparation, out = tmp_path / "01.ipynb", tmp_path / "out.ipynb"
    where = ("-p", "backend", "local", "-p", "student", "ana")
    prepared = papermill("notebooks/es/01_preparacion.ipynb", preparation, environment, *where)
    assert prepared.returncode == 0, prepared.stderr
    trained = papermill(
        "notebooks/es/02_entrenamiento.ipynb", out, environment, *where, "-p", "max_depth", "4"
    )
    assert trained.returncode == 0, trained.stderr
    said = "".join(
        str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
        for cell in nbformat.read(out, as_version=4).cells
        for output in cell.get("outputs", ())
    )
    assert "max_depth" in said
    assert "RMSE" in said


def test_plain_papermill_with_a_parameter_that_no_notebook_has_is_refused_by_name(tmp_path, environment):
    out = tmp_path / "out.ipynb"
    done = papermill("notebooks/es/02_entrenamiento.ipynb", out, environment, "-p", "max_deep", "4")
    assert done.returncode != 0
    assert "max_deep" in done.stderr
    assert "max_depth" in done.stderr  # among the known ones


def test_every_solution_satisfies_its_own_check(tmp_path, environment):
    verdicts = {}
    for source in sorted((PROJECT / "notebooks" / "source").glob("[0-9][0-9]_*.py")):
        solved = make_edition(source, "es", solved=True)
        execute(solved, tmp_path, environment)
        outputs = [output for cell in solved.cells for output in cell.get("outputs", ())]
        marks = [output.get("metadata", {}).get("mllab", {}).get("exercise") for output in outputs]
        verdicts[source.stem] = [mark for mark in marks if mark]
    assert {name: set(said) for name, said in verdicts.items() if said and set(said) != {"solved"}} == {}
    assert sum(map(len, verdicts.values())) >= 6
