"""Newman, Postman's own runner, with the collection that notebook 04 writes."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from environments import ENVIRONMENTS, HERE
from web_api_of_houses import HOUSE, Deployed

from mllab_helpers import texts
from mllab_helpers.web import web_export

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or shutil.which("npm") is None, reason="Node is not installed"
)


@pytest.fixture(scope="module")
def newman() -> Path:
    """Return the program, installed from the lock beside this file when first needed."""
    lock = HERE / "newman" / "package-lock.json"
    directory = ENVIRONMENTS / f"newman-{hashlib.sha256(lock.read_bytes()).hexdigest()[:12]}"
    ENVIRONMENTS.mkdir(exist_ok=True)
    with (ENVIRONMENTS / f"{directory.name}.busy").open("w") as busy:
        fcntl.flock(busy, fcntl.LOCK_EX)
        if not (directory / "complete").exists():
            shutil.rmtree(directory, ignore_errors=True)
            shutil.copytree(lock.parent, directory)
            npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            done = subprocess.run(npm, cwd=directory, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stdout + done.stderr
            (directory / "complete").touch()
    return directory / "node_modules" / ".bin" / "newman"


def run(newman: Path, collection: Path, key: str, report: Path) -> tuple[int, dict[str, object]]:
    command = [str(newman), "run", str(collection), "--env-var", f"api_key={key}"]
    command += ["--reporters", "json", "--reporter-json-export", str(report)]
    environment = {"PATH": os.environ["PATH"], "HOME": str(report.parent), "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert report.exists(), done.stdout + done.stderr
    return done.returncode, json.loads(report.read_text(encoding="utf-8"))["run"]["stats"]


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_collections_own_tests_pass_in_newman(
    newman: Path, deployed: Deployed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setitem(texts._current, "language", language)
    written = web_export.write_json(
        tmp_path / "houses.json", web_export.postman_collection(deployed.url, HOUSE)
    )
    code, stats = run(newman, written, deployed.key, tmp_path / "report.json")
    assert stats["requests"] == {"total": 4, "pending": 0, "failed": 0}
    assert stats["assertions"] == {"total": 8, "pending": 0, "failed": 0}
    assert code == 0


def test_with_a_wrong_key_the_collections_tests_fail(
    newman: Path, deployed: Deployed, tmp_path: Path
) -> None:
    written = web_export.write_json(
        tmp_path / "houses.json", web_export.postman_collection(deployed.url, HOUSE)
    )
    code, _ = run(newman, written, "x" * 40, tmp_path / "report.json")
    assert code == 1
