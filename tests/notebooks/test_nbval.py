"""Both editions say again what they said when they were built."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbval.plugin import get_sanitize_patterns
from recorded_access import complaints

from mllab_helpers.runner.local_aws import fresh_local_aws

PROJECT = Path(__file__).resolve().parents[2]
SANITIZE = PROJECT / "notebooks" / "sanitize.cfg"
# pandas 2.3, the last for Python 3.10, prints some things differently; so does each Python its own errors.
EXACT = sys.version_info[:2] == (3, 11)


def nbval(folder: Path, environment: dict[str, str], *, exact: bool) -> subprocess.CompletedProcess[str]:
    """Run nbval on a folder of notebooks, in the order of their names, with one local AWS."""
    command = [sys.executable, "-m", "pytest", "--nbval" if exact else "--nbval-lax", "--nbval-current-env"]
    command += ["--nbval-sanitize-with", str(SANITIZE), "-p", "no:cacheprovider", "--color=no", "-q", "."]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def write(path: Path, code: str, said: str) -> None:
    version = nbformat.v4
    output = version.new_output("stream", name="stdout", text=said)
    cell = version.new_code_cell(code, outputs=[output], execution_count=1)
    nbformat.write(version.new_notebook(cells=[cell]), path)


@pytest.mark.parametrize("language", ["es", "en"])
def test_an_edition_run_again_says_what_it_said(language, tmp_path):
    folder = tmp_path / language
    shutil.copytree(
        PROJECT / "notebooks" / language, folder
    )  # what notebooks write must not land in the project
    with fresh_local_aws() as environment:
        done = nbval(folder, environment, exact=EXACT)
        found = complaints(Path(environment["MLLAB_LOCAL_HOME"]), student="ana")
    assert done.returncode == 0, done.stdout + done.stderr
    # Each actor could do what the notebooks need, and nothing that they do not need.
    assert found == []


def test_nbval_runs_notebooks_in_the_order_of_their_names(tmp_path):
    for name in ("06_d", "01_a", "03_c", "02_b"):
        write(tmp_path / f"{name}.ipynb", f"open('order', 'a').write('{name} ')\nprint()", "\n")
    with fresh_local_aws() as environment:
        done = nbval(tmp_path, environment, exact=True)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "order").read_text() == "01_a 02_b 03_c 06_d "


def test_another_number_is_noticed_and_another_moment_is_not(tmp_path):
    write(tmp_path / "01_a.ipynb", "print('RMSE 131,000 USD')", "RMSE 131,001 USD\n")
    write(tmp_path / "02_b.ipynb", "print('2026-11-23 20:36:49 in 41.2 s')", "2025-01-01 00:00:00 in 3 s\n")
    with fresh_local_aws() as environment:
        done = nbval(tmp_path, environment, exact=True)
    assert "1 failed, 1 passed" in done.stdout
    assert "131,001" in done.stdout


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("created 2026-11-23T20:36:49.123Z", "created 2026-11-24T00:00:01+00:00"),
        ("at 09:01:02", "at 23:59:59"),
        ("mllab-ana-2026-11-23-20-36-49-123 done", "mllab-ana-2026-11-24-01-00-00-001 done"),
        (
            "RequestId: 1b4e28ba-2fa1-11d2-883f-0016d3cca427",
            "RequestId: 6ba7b810-9dad-11d1-80b4-00c04fd430c8",
        ),
        ("AROAQWERTYUIOPASDFGHJ:job", "AROAZXCVBNMASDFGHJKLQ:job"),
        ("http://127.0.0.1:4566/", "http://127.0.0.1:39217/"),
        ("VersionId: AZ09.null_abc-1", "VersionId: BBBB.null_abc-2"),
        ("process 812", "process 90210"),
        ("1.25 ms", "12 ms"),
        ("uploaded 2.4 MB", "uploaded 1,024 kB"),
        ("cost: < 0.01 USD", "cost: 0.02 USD"),
        ("and 0.46 USD until 8:00 in the morning", "and < 0.01 USD until 8:00 in the morning"),
        ("y 0.46 USD hasta las 8:00 de la mañana", "y 1.38 USD hasta las 8:00 de la mañana"),
        ("0.23 USD until 8:00 in the morning.", "0.46 USD until it expires on 2026-11-29 00:00."),
        ("0.23 USD hasta las 8:00 de la mañana.", "0.46 USD hasta que caduque, el 2026-11-29 00:00."),
        ("in /tmp/mllab-abc/x.csv", "in /tmp/mllab-zyx/x.csv"),
    ],
)
def test_what_varies_between_runs_is_sanitised(one, other):
    assert sanitised(one) == sanitised(other)


@pytest.mark.parametrize(
    "text", ["RMSE 131,000 USD", "21,613 rows", "R2 0.886", "s3://mllab-bucket/house_prices.csv"]
)
def test_results_are_never_sanitised_away(text):
    assert sanitised(text) == text


def sanitised(text: str) -> str:
    for pattern, replacement in get_sanitize_patterns(SANITIZE.read_text(encoding="utf-8")):
        text = re.sub(pattern, replacement, text)
    return text
