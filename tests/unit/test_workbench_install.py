"""The program that installs the lab in a notebook instance, where something is missing or was changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mllab_helpers.instance import workbench

INSTALL = Path(workbench.__file__).parents[1] / "scripts" / "workbench_install.py"
ABSENT = "no-such-package-of-the-lab==1.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"


@pytest.fixture
def delivery(tmp_path):
    """A delivery to an instance, with a notebook that the learner has there already and one that is new."""
    place = tmp_path / "SageMaker" / ".mllab" / "delivery"
    (place / "notebooks" / "es").mkdir(parents=True)
    for name in ("01.ipynb", "02.ipynb"):
        (place / "notebooks" / "es" / name).write_text("delivered")
    kept = tmp_path / "SageMaker" / "mllab" / "es" / "01.ipynb"
    kept.parent.mkdir(parents=True)
    kept.write_text("changed by the learner")
    (place / "install.py").write_bytes(INSTALL.read_bytes())
    (place / "mllab-0.1.0-py3-none-any.whl").write_bytes(b"not a wheel")
    return place


def install(delivery: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PIP_NO_INDEX": "1", "HOME": str(delivery.parents[2])}
    command = [sys.executable, str(delivery / "install.py")]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_notebooks_that_were_changed_stay_and_new_ones_arrive(delivery):
    (delivery / "requirements.lock").write_text("")
    install(delivery)
    folder = delivery.parents[1] / "mllab" / "es"
    assert (folder / "01.ipynb").read_text() == "changed by the learner"
    assert (folder / "02.ipynb").read_text() == "delivered"


def test_what_was_not_installed_is_not_taken_for_installed_at_the_next_start(delivery):
    environment = delivery.parent / "env"
    (delivery / "requirements.lock").write_text(ABSENT)
    failed = install(delivery)
    assert failed.returncode != 0
    assert "no-such-package-of-the-lab" in failed.stderr
    assert not list(environment.glob("*.stamp"))
    (delivery / "requirements.lock").write_text(ABSENT.replace("==1.0", "==1.0 ; python_version < '3'"))
    broken = install(delivery)
    assert broken.returncode != 0
    assert "mllab-0.1.0-py3-none-any.whl" in broken.stderr
    assert [stamp.name for stamp in environment.glob("*.stamp")] == ["packages.stamp"]
