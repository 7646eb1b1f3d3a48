"""`mllab run`: what it executes, what it says and what it leaves behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from runner_notebooks import headline, printed, write_notebook

from mllab_helpers import texts
from mllab_helpers.lab.parameters import WrongParameter
from mllab_helpers.runner.editions import NoNotebooks, UnknownNotebook, find_editions, values_for
from mllab_helpers.runner.local_aws import close, create_home
from mllab_helpers.runner.run import Request, run_notebooks

MLLAB = [sys.executable, "-m", "mllab_helpers.cli"]


@pytest.fixture(autouse=True)
def _english():
    texts.use("en")
    yield
    texts.use(texts.DEFAULT_LANGUAGE)


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    return tmp_path / "notebooks"


def run(notebooks: Path, **request: object) -> int:
    return run_notebooks(Request(folder=notebooks, output=notebooks.parent / "results", **request))


def test_notebooks_run_in_order_and_leave_copies_a_table_and_a_report(notebooks, capsys):
    plot = "%matplotlib inline\nimport matplotlib.pyplot as plt\nplt.plot([1, 2]);"
    write_notebook(notebooks / "02_second.ipynb", headline("RMSE 131,000 USD"))
    write_notebook(notebooks / "01_first.ipynb", plot, headline("one|bucket"))

    assert run(notebooks) == 0

    said = capsys.readouterr().out
    assert said.index("01_first") < said.index("02_second")
    assert "RMSE 131,000 USD" in said
    assert [path.name for path in sorted((notebooks.parent / "results").glob("*.ipynb"))] == [
        "01_first.ipynb",
        "02_second.ipynb",
    ]
    report = (notebooks.parent / "results" / "report.html").read_text()
    assert "data:image/png;base64" in report
    assert "Title of 01_first" in report
    assert "<td>RMSE 131,000 USD</td>" in report
    assert "one|bucket" in report


def test_the_report_fetches_nothing(notebooks):
    write_notebook(notebooks / "01_first.ipynb", "print('hello')")
    run(notebooks)
    report = (notebooks.parent / "results" / "report.html").read_text()
    assert 'src="http' not in report
    assert "cdnjs" not in report
    assert '<script src="">' not in report


def test_every_entry_of_the_table_of_contents_leads_somewhere(notebooks):
    write_notebook(notebooks / "01_first.ipynb")
    write_notebook(notebooks / "02_second.ipynb")
    run(notebooks)
    report = (notebooks.parent / "results" / "report.html").read_text()
    for anchor in ("01_first-0", "02_second-0"):
        assert f'href="#{anchor}"' in report
        assert f'id="{anchor}"' in report


def test_pictures_of_the_text_travel_with_the_executed_notebook_and_the_report(notebooks):
    path = write_notebook(notebooks / "01_first.ipynb")
    (notebooks.parent / "map.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    notebook = nbformat.read(path, as_version=4)
    notebook.cells[
        0
    ].source += "\n\n![the map](../map.svg) ![gone](../gone.svg) ![far](https://example.org/x.svg)"
    nbformat.write(notebook, path)

    assert run(notebooks) == 0

    text = nbformat.read(notebooks.parent / "results" / "01_first.ipynb", as_version=4).cells[0]
    assert (
        "![the map](attachment:map.svg) ![gone](../gone.svg) ![far](https://example.org/x.svg)" in text.source
    )
    assert list(text.attachments) == ["map.svg"]
    assert "data:image/svg+xml;base64," in (notebooks.parent / "results" / "report.html").read_text()


def test_a_failure_is_named_marked_and_ends_the_run(notebooks, capsys):
    write_notebook(
        notebooks / "01_first.ipynb", "x = 1", "\nraise ValueError('the CSV has a header')", "y = 2"
    )
    write_notebook(notebooks / "02_second.ipynb", "print('never')")

    assert run(notebooks) == 1

    output, errors = capsys.readouterr()
    assert "01_first" in errors
    assert "cell 4 of 5" in errors  # papermill's cell of injected values counts: it is In [2]
    assert "raise ValueError('the CSV has a header')" in errors
    assert "ValueError: the CSV has a header" in errors
    assert "was not reached" in output
    results = notebooks.parent / "results"
    assert not (results / "02_second.ipynb").exists()
    cells = nbformat.read(results / "01_first.ipynb", as_version=4).cells
    assert "stopped at [cell 4 of 5]" in cells[0].source
    assert "ValueError: the CSV has a header" in cells[0].source
    marked = next(place for place, cell in enumerate(cells) if "The run stopped here" in cell.source)
    assert "raise ValueError" in cells[marked + 1].source
    assert "An Exception was encountered" not in "".join(cell.source for cell in cells)
    assert "failed at cell 4 of 5" in (results / "report.html").read_text()


def test_a_kernel_that_dies_is_reported_like_any_failure(notebooks, capsys):
    write_notebook(notebooks / "01_first.ipynb", "import os\nos._exit(9)")
    assert run(notebooks) == 1
    errors = capsys.readouterr().err
    assert "kernel) died" in errors
    assert "cell 3 of 3" in errors
    assert "import os" in errors


def test_typed_parameters_reach_the_notebooks_that_declare_them_with_their_types(notebooks):
    shows = "print(repr((student, max_depth, eta, plain)))"
    write_notebook(notebooks / "01_first.ipynb", shows)
    write_notebook(notebooks / "02_second.ipynb", "print(backend)", parameters='backend: str = "auto"')
    typed = {"student": "007", "max_depth": "4", "eta": "1", "plain": "true"}

    assert run(notebooks, parameters=typed) == 0

    assert printed(notebooks.parent / "results" / "01_first.ipynb") == "('007', 4, 1.0, True)\n"
    assert printed(notebooks.parent / "results" / "02_second.ipynb") == "local\n"


def test_a_path_of_own_data_is_meant_from_where_it_was_typed(notebooks, tmp_path, monkeypatch):
    (tmp_path / "mine.csv").touch()
    monkeypatch.chdir(tmp_path)
    editions = find_editions(write_notebook(notebooks / "01_a.ipynb", parameters='data: str = ""').parent)
    assert values_for(editions, {"data": "mine.csv"}) == {"01_a": {"data": str(tmp_path / "mine.csv")}}
    assert values_for(editions, {"data": ""}) == {"01_a": {"data": ""}}
    assert values_for(editions, {"data": "absent.csv"}) == {"01_a": {"data": "absent.csv"}}


def test_on_aws_a_failed_run_warns_of_cost_unless_aws_let_nobody_in(notebooks, tmp_path, monkeypatch, capsys):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    opens = "from mllab_helpers import Lab\nlab = Lab.open(backend='aws', student='ana')"

    write_notebook(notebooks / "01_first.ipynb", opens)
    assert run(notebooks, backend="aws") == 1
    errors = capsys.readouterr().err
    assert "NoCredentials" in errors
    assert texts.say("runner.aws_may_cost") not in errors

    write_notebook(notebooks / "01_first.ipynb", "bucket = 'created'")
    write_notebook(notebooks / "02_second.ipynb", opens)
    assert run(notebooks, backend="aws") == 1
    assert texts.say("runner.aws_may_cost") in capsys.readouterr().err


def test_an_unknown_parameter_is_refused_by_name_before_anything_runs(notebooks):
    write_notebook(notebooks / "01_first.ipynb")
    with pytest.raises(WrongParameter, match=r"max_deep(.|\n)*max_depth: whole number"):
        run(notebooks, parameters={"max_deep": "4"})
    assert not (notebooks.parent / "results").exists()


@pytest.mark.parametrize(
    ("name", "text"), [("max_depth", "4.5"), ("max_depth", ""), ("eta", "a"), ("plain", "si")]
)
def test_a_value_of_another_type_is_refused_by_name(notebooks, name, text):
    write_notebook(notebooks / "01_first.ipynb")
    with pytest.raises(WrongParameter, match=name):
        run(notebooks, parameters={name: text})


def test_only_and_from_choose_notebooks_by_number(notebooks):
    for name in ("01_a", "02_b", "03_c", "06_d"):
        write_notebook(notebooks / f"{name}.ipynb")
    assert run(notebooks, only=("01", "03", "06"), first="02") == 0
    results = notebooks.parent / "results"
    assert sorted(path.stem for path in results.glob("*.ipynb")) == ["03_c", "06_d"]
    with pytest.raises(UnknownNotebook, match=r"09.*01, 02, 03, 06"):
        run(notebooks, only=("09",))
    with pytest.raises(UnknownNotebook, match="2"):
        run(notebooks, first="2")


def test_a_folder_without_notebooks_says_how_to_build_them(tmp_path):
    with pytest.raises(NoNotebooks, match="make notebooks"):
        run(tmp_path / "nothing")


def test_the_kernel_is_this_interpreter_with_a_home_of_its_own_and_plain_progress(notebooks):
    names = "['MLLAB_PROGRESS', 'MLLAB_LOCAL_HOME']"
    code = f"import os, sys\nprint(sys.executable, *map(os.environ.get, {names}), sep='|')"
    write_notebook(notebooks / "01_first.ipynb", code)
    run(notebooks)
    executable, progress, home = printed(notebooks.parent / "results" / "01_first.ipynb").strip().split("|")
    assert executable == sys.executable
    assert progress == "plain"
    assert not Path(home).exists()  # removed with the run


def test_a_shared_run_and_a_run_on_aws_get_no_local_aws_of_their_own(notebooks, monkeypatch, capsys):
    monkeypatch.setenv("MLLAB_LOCAL_HOME", "the-learners-own")
    write_notebook(notebooks / "01_first.ipynb", "import os\nprint(os.environ['MLLAB_LOCAL_HOME'])")
    for request in ({"shared": True}, {"backend": "aws"}):
        assert run(notebooks, **request) == 0
        assert printed(notebooks.parent / "results" / "01_first.ipynb") == "the-learners-own\n"


def test_files_that_notebooks_write_stay_with_the_run(notebooks):
    write_notebook(notebooks / "01_first.ipynb", "open('house_prices.csv', 'w').close()")
    run(notebooks)
    assert (notebooks.parent / "results" / "house_prices.csv").exists()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_cleanly_with_130_and_no_kernel(notebooks, tmp_path, stop):
    started = tmp_path / "kernel.pid"
    code = (
        f"import os, pathlib, time\npathlib.Path('{started}').write_text(str(os.getpid()))\ntime.sleep(600)"
    )
    write_notebook(notebooks / "01_first.ipynb", code)
    command = [
        *MLLAB,
        "run",
        "--language",
        "en",
        "--notebooks",
        str(notebooks),
        "--output",
        str(tmp_path / "out"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        deadline = time.monotonic() + 60
        while not (started.exists() and started.read_text()) and time.monotonic() < deadline:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(stop)
        _output, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted" in errors
    assert "Traceback" not in errors
    assert not psutil.pid_exists(int(started.read_text()))


def test_the_live_line_counts_cells_in_a_terminal(notebooks, tmp_path):
    write_notebook(notebooks / "01_first.ipynb", "x = 1")
    command = [
        *MLLAB,
        "run",
        "--language",
        "en",
        "--notebooks",
        str(notebooks),
        "--output",
        str(tmp_path / "out"),
    ]
    controller, terminal = os.openpty()
    with subprocess.Popen(command, stdout=terminal, stderr=terminal, stdin=subprocess.DEVNULL) as process:
        os.close(terminal)
        shown = b""
        try:
            while chunk := os.read(controller, 4096):
                shown += chunk
        except OSError:  # Linux says so when the last writer has gone
            pass
    os.close(controller)
    assert process.returncode == 0
    assert b"01_first  cell 1 of 3" in shown
    assert b"01_first  cell 3 of 3" in shown


def test_no_live_line_where_nobody_watches(notebooks, capsys):
    write_notebook(notebooks / "01_first.ipynb", "x = 1")
    run(notebooks)
    assert "cell 1 of" not in capsys.readouterr().out


def test_a_home_whose_local_aws_died_is_kept_and_its_log_named():
    home = create_home()
    (home / "local-aws.log").write_text("the reason")
    log = close(home)
    assert log is not None
    assert log.read_text() == "the reason"
    log.unlink()
    assert close(home) is None
    assert not home.exists()


@pytest.mark.parametrize(("code", "word"), [("es", "cuaderno"), ("en", "notebook")])
def test_the_command_speaks_the_chosen_language(notebooks, tmp_path, code, word):
    write_notebook(notebooks / "01_first.ipynb")
    command = [
        *MLLAB,
        "run",
        "--language",
        code,
        "--notebooks",
        str(notebooks),
        "--output",
        str(tmp_path / "out"),
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[3].startswith(word)


def test_plain_papermill_can_use_the_engine(notebooks, tmp_path):
    path = write_notebook(notebooks / "01_first.ipynb", "import sys\nprint(sys.executable)")
    out = tmp_path / "out.ipynb"
    subprocess.run(
        [sys.executable, "-m", "papermill", path, out, "--engine", "mllab"], check=True, capture_output=True
    )
    assert printed(out) == f"{sys.executable}\n"
