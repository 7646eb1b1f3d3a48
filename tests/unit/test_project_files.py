"""pyproject.toml, the lock, environment.yml, the workflow and the Makefile say the same."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

PROJECT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(PROJECT / "tools"))

from lock import conda_environment, pinned  # noqa: E402

LOCK = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
PINS = [Requirement(line) for line in pinned(LOCK)]
PYTHONS = ("3.10", "3.11", "3.12", "3.13")
PLATFORMS = [
    {
        "python_version": python,
        "python_full_version": f"{python}.0",
        "sys_platform": platform,
        "os_name": "posix",
    }
    | {"platform_system": {"linux": "Linux", "darwin": "Darwin"}[platform], "platform_machine": "x86_64"}
    | {"implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": ""}
    for python, platform in product(PYTHONS, ("linux", "darwin"))
]


def pyproject() -> dict[str, dict]:
    return tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))


def direct_requirements() -> list[Requirement]:
    project = pyproject()["project"]
    optional = [line for lines in project["optional-dependencies"].values() for line in lines]
    return [Requirement(line) for line in [*project["dependencies"], *optional]]


def applies(requirement: Requirement, platform: dict[str, str]) -> bool:
    return requirement.marker is None or requirement.marker.evaluate(platform)


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def version_of(pin: Requirement) -> str:
    return str(pin.specifier).removeprefix("==")


@pytest.mark.parametrize(
    "platform", PLATFORMS, ids=lambda one: f"{one['python_version']}-{one['sys_platform']}"
)
def test_the_lock_pins_every_direct_dependency_once_within_its_bounds(platform):
    pins: dict[str, list[str]] = {}
    for pin in PINS:
        if applies(pin, platform):
            pins.setdefault(normal(pin.name), []).append(version_of(pin))
    assert {name: versions for name, versions in pins.items() if len(versions) > 1} == {}
    for wanted in direct_requirements():
        if applies(wanted, platform):
            (version,) = pins[normal(wanted.name)]
            assert wanted.specifier.contains(version), f"{wanted} is locked at {version}"


def test_every_line_of_the_lock_is_read_and_hashed():
    requirements = re.split(r"^(?=[a-z0-9])", LOCK, flags=re.MULTILINE)[1:]
    assert len(requirements) == len(PINS)
    assert [one.splitlines()[0] for one in requirements if "--hash=sha256:" not in one] == []


def test_the_lock_names_no_server():
    assert not re.search(r"https?://|--index-url|--extra-index-url|--find-links|file:", LOCK)
    assert "make lock" in LOCK.splitlines()[1]


def test_conda_gets_the_versions_of_the_lock():
    text = (PROJECT / "environment.yml").read_text(encoding="utf-8")
    assert text == conda_environment(LOCK), "run `make lock`"
    python, pip, with_pip = yaml.safe_load(text)["dependencies"]
    assert SpecifierSet(pyproject()["project"]["requires-python"]).contains(python.removeprefix("python="))
    assert pip == "pip"
    project, *requirements = with_pip["pip"]
    assert project == "-e ."
    assert [str(Requirement(line)) for line in requirements] == [str(pin) for pin in PINS]


def test_the_workflow_runs_every_supported_python_and_the_conda_environment():
    jobs = yaml.safe_load((PROJECT / ".github/workflows/ci.yml").read_text(encoding="utf-8"))["jobs"]
    versions = jobs["checks"]["strategy"]["matrix"]["python"]
    supported = SpecifierSet(pyproject()["project"]["requires-python"])
    assert versions == [f"3.{minor}" for minor in range(30) if supported.contains(f"3.{minor}")]
    assert any(step.get("run") == ".ci/run" for step in jobs["checks"]["steps"])
    assert any(
        step.get("with", {}).get("environment-file") == "environment.yml" for step in jobs["conda"]["steps"]
    )
    assert any("mllab run" in step.get("run", "") for step in jobs["conda"]["steps"])


def test_pre_commit_downloads_nothing_and_uses_locked_tools():
    (local,) = yaml.safe_load((PROJECT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert local["repo"] == "local"
    assert {hook["language"] for hook in local["hooks"]} == {"system"}
    commands = {Path(hook["entry"].split()[0]).name for hook in local["hooks"]} - {"python"}
    packages = {{"lint-imports": "import-linter"}.get(command, command) for command in commands}
    assert packages <= {normal(pin.name) for pin in PINS}


def test_make_alone_lists_the_commands():
    listed = subprocess.run(["make", "-s"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    promised = {"lab", "test", "jupyter", "notebooks", "clean", "bench", "lock", "lint", "help"}
    assert promised <= set(re.findall(r"^  make ([a-z]+)", listed, flags=re.MULTILINE))


@pytest.mark.parametrize(
    ("locale", "words"), [("es_MX.UTF-8", "no es un Python"), ("en_US.UTF-8", "not a working")]
)
def test_set_up_refuses_an_unfit_python_in_the_users_language(tmp_path, locale, words):
    environment = {
        "PATH": os.environ["PATH"],
        "LANG": locale,
        "PYTHON": "false",
        "VENV": str(tmp_path / "venv"),
    }
    done = subprocess.run(
        [PROJECT / "tools" / "setup.sh"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert words in done.stderr
    assert "make PYTHON=" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_set_up_without_any_python_says_what_to_install(tmp_path):
    for tool in ("sh", "dirname", "cat", "cksum"):
        (tmp_path / tool).symlink_to(f"/bin/{tool}" if Path(f"/bin/{tool}").exists() else f"/usr/bin/{tool}")
    environment = {"PATH": str(tmp_path), "LANG": "en_US.UTF-8", "VENV": str(tmp_path / "venv")}
    done = subprocess.run(
        ["/bin/sh", PROJECT / "tools" / "setup.sh"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "apt install python3 python3-venv" in done.stderr
