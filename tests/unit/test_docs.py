"""The pages say what the code says: generated parts, links, quoted messages, variables, commands."""

from __future__ import annotations

import json
import re
import sys
from datetime import date
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from mllab_helpers import texts

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tools"))

import make_docs  # noqa: E402
from edition_source import edition_path, make_edition  # noqa: E402

PAGES = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").glob("*.md"))]
PAPERMILL = (
    "papermill notebooks/es/02_entrenamiento.ipynb out.ipynb -k mllab "
    "-p backend local -p student ana -p max_depth 4"
)
SOURCE = """\
# %% [markdown] lang="es"
# # Hola
# %% [markdown] lang="en"
# # Hello
# %% tags=["parameters"]
language: str = "es"
# %%
sagemaker = lab.client("sagemaker")
"""


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def anchors(text: str) -> set[str]:
    """The anchors that headings get: lower case, no punctuation, hyphens for blanks."""
    heads = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def write_edition(source: Path, language: str, change: object = None) -> NotebookNode:
    """Write an edition as if it had been executed, after `change` has had a look at it."""
    notebook = make_edition(source, language)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = 1
    if callable(change):
        change(notebook)
    path = edition_path(source, language)
    path.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, path)
    return notebook


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "source" / "02_training.py"
    path.parent.mkdir()
    path.write_text(SOURCE, encoding="utf-8")
    return path


def test_generated_parts_are_up_to_date():
    assert make_docs.stale_pages() == {}, "run `python tools/make_docs.py`"


@pytest.mark.parametrize("name", make_docs.PARTS)
def test_every_generated_part_stands_on_a_page(name):
    assert any(f"<!-- generated: {name} -->" in read(PROJECT / page) for page in make_docs.PAGES)


def test_a_stale_part_is_written_anew_and_the_rest_is_left_alone():
    page = "before\n<!-- generated: costs -->\nold\n<!-- end: costs -->\nafter\n"
    renewed = make_docs.renew(page, "en")
    assert renewed.startswith("before\n<!-- generated: costs -->\n| what |")
    assert renewed.endswith("\n<!-- end: costs -->\nafter\n")
    assert "old" not in renewed


def test_a_part_that_nothing_makes_is_an_error():
    with pytest.raises(KeyError):
        make_docs.renew("<!-- generated: weather -->\n<!-- end: weather -->", "en")


def test_every_declared_parameter_is_in_both_tables():
    declared = {name for path in make_docs.sources().values() for name in make_docs.parameters_of(path)}
    assert declared == set(make_docs.MEANINGS)
    for page in ("README.md", "README.es.md"):
        assert all(f"| `{name}` |" in read(PROJECT / page) for name in declared)


# --- evidence


def test_executed_editions_of_todays_source_prove_a_local_run(source):
    for language in ("es", "en"):
        write_edition(source, language)
    assert make_docs.ran_locally(source, "en") == "yes (es, en)"
    assert make_docs.shapes(source, "en") == "yes, by boto3 and by the local AWS"


def test_an_edition_older_than_its_source_proves_nothing(source):
    for language in ("es", "en"):
        write_edition(source, language)
    source.write_text(SOURCE.replace("Hello", "Good day"), encoding="utf-8")
    assert "older than its source" in make_docs.ran_locally(source, "en")
    assert make_docs.shapes(source, "en") == "no"


def fail(notebook: NotebookNode) -> None:
    error = nbformat.v4.new_output("error", ename="ValueError", evalue="", traceback=[])
    notebook.cells[-1].outputs = [error]


def skip(notebook: NotebookNode) -> None:
    notebook.cells[-1].execution_count = None


@pytest.mark.parametrize("change", [fail, skip])
def test_an_edition_that_failed_or_was_not_executed_proves_nothing(source, change):
    write_edition(source, "es", change)
    write_edition(source, "en")
    assert make_docs.ran_locally(source, "en") == "no (es: the edition lacks outputs)"


def test_an_operation_that_accepts_a_forbidden_request_is_found():
    assert make_docs.unchecked_operations() == []
    found = make_docs.unchecked_operations(check=lambda operation, parameters: None)
    assert {"sagemaker CreateModel", "sagemaker ListModels", "iam SimulatePrincipalPolicy"} <= set(found)


def test_the_latest_recorded_run_on_aws_is_told(tmp_path):
    record = tmp_path / "runs.json"
    run = {"notebook": "01", "region": "us-east-1", "account": "0a1b2c"}
    days = ({"date": "2027-03-04", "result": "passed"}, {"date": "2027-03-04", "result": "failed"})
    record.write_text(json.dumps([{**run, **day} for day in days]))
    assert make_docs.ran_on_aws("01", "en", record) == "2027-03-04, us-east-1, `0a1b2c`: failed"
    assert make_docs.ran_on_aws("02", "en", record) == "not yet"


def test_recorded_runs_on_aws_name_a_notebook_and_a_day_that_has_come():
    for run in json.loads(read(make_docs.AWS_RUNS)):
        assert run["notebook"] in make_docs.sources()
        assert date.fromisoformat(run["date"]) <= date.today()
        assert run["region"]
        assert make_docs.say(run["result"], "es")
        assert re.fullmatch(r"[0-9a-f]{12}", run["account"])


# --- what is written by hand


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)]+)\)", read(page)):
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.exists(), f"{page.name} links to {target}"
        assert not anchor or anchor in anchors(read(linked)), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", ["README.md", "README.es.md"])
def test_the_readme_gives_the_plain_papermill_line(page):
    assert PAPERMILL in read(PROJECT / page).splitlines()


def test_the_papermill_line_names_parameters_that_the_notebook_has():
    declared = make_docs.parameters_of(PROJECT / "notebooks" / "source" / "02_training.py")
    assert set(re.findall(r"-p (\w+)", PAPERMILL)) <= set(declared)
    assert (PROJECT / PAPERMILL.split()[1]).exists()


@pytest.mark.parametrize(("section", "language"), [(0, "es"), (1, "en")])
def test_troubleshooting_quotes_messages_that_exist(section, language):
    page = read(PROJECT / "docs" / "troubleshooting.md").split("\n## English\n")[section]
    symptoms = re.findall(r"^\| (.+?) \|", page, flags=re.MULTILINE)
    quotes = [quote for symptom in symptoms for quote in re.findall(r"\*([^*]+)\*", symptom)]
    said = "\n".join(texts.catalogue(language).values())
    said += read(PROJECT / "mllab_localaws" / "images" / "toolkit" / "source.py")
    assert quotes
    assert [quote for quote in quotes if quote not in said] == []


def test_every_variable_that_the_code_reads_is_documented():
    code = [path for name in ("mllab_helpers", "mllab_localaws") for path in (PROJECT / name).rglob("*.py")]
    variables = {name for path in code for name in re.findall(r"\bMLLAB_[A-Z_]+\b", read(path))}
    page = read(PROJECT / "docs" / "local-aws.md")
    assert variables
    assert {name for name in variables if f"| `{name}` |" not in page} == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_make_targets_that_a_page_names_exist(page):
    makefile = read(PROJECT / "Makefile")
    named = re.findall(r"(?:^|`)make ([a-z-]+)", read(page), flags=re.MULTILINE)
    assert [target for target in named if f"\n{target}:" not in makefile] == []


def test_python_in_the_pages_parses():
    for page in PAGES:
        for block in re.findall(r"^```python\n(.*?)^```", read(page), flags=re.MULTILINE | re.DOTALL):
            compile(block.replace("...", "None"), page.name, "exec")


def test_a_notebook_without_its_time_is_named(source):
    with pytest.raises(ValueError, match=r"02_training\.py does not say its 'Time' in en"):
        make_docs.fact_of(source, "en", "Time")
