"""What is in the directories of a notebook instance: its Python, its `sudo`, the streams of its output."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mllab_localaws.images.notebook.__main__ import JUPYTER_LOG, run_script
from mllab_localaws.sagemaker.notebook_directory import HOME, PYTHON, NotebookDirectory
from mllab_localaws.sagemaker.notebook_machine import by_stream


@pytest.fixture(scope="module")
def renewed(tmp_path_factory: pytest.TempPathFactory) -> NotebookDirectory:
    directory = NotebookDirectory(tmp_path_factory.mktemp("instance"))
    directory.renew("arn", "name")
    return directory


def test_what_is_installed_into_an_instance_s_python_stays_in_it(renewed: NotebookDirectory) -> None:
    python = renewed.root / "home" / Path(PYTHON).relative_to(HOME)
    shared = python / "share" / "jupyter"
    for written in (shared / "lab" / "of-the-instance", python / "etc" / "jupyter" / "of-the-instance"):
        written.write_text("")
        assert not Path(sys.prefix, written.relative_to(python)).exists()
    assert not (shared / "kernels").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ("-u ec2-user", "elsewhere,"),
        ("-i -u ec2-user", "home,"),
        ("-iu ec2-user", "home,"),
        ("-uec2-user -i", "home,"),
        ("-Hu ec2-user", "elsewhere,"),
        ("--user ec2-user --login", "home,"),
        ("--user=ec2-user", "elsewhere,"),
        ("A=1", "elsewhere,1"),
        ("-E A=1", "elsewhere,1"),
        ("-u ec2-user A=1 --", "elsewhere,1"),
        ("", "elsewhere,"),
    ],
)
def test_sudo_runs_the_command_whatever_its_options(
    renewed: NotebookDirectory, tmp_path: Path, options: str, says: str
) -> None:
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    home.mkdir()
    elsewhere.mkdir()
    asked = subprocess.run(
        ["/bin/bash", "-c", f"{renewed.bin}/sudo {options} bash -c 'echo \"${{PWD##*/}},$A\"'"],
        cwd=elsewhere,
        env={"PATH": os.environ["PATH"], "HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert asked.stdout.strip() == says


def test_sudo_without_what_its_option_needs_ends(renewed: NotebookDirectory) -> None:
    for options in ("-u", "--user", "-Hu"):
        subprocess.run([f"{renewed.bin}/sudo", options], stdin=subprocess.DEVNULL, check=True, timeout=30)


def test_a_script_is_found_in_a_directory_with_spaces(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "my data" / "script"
    script.parent.mkdir()
    script.write_text("echo here")  # no first line that names a shell
    script.chmod(0o700)
    assert run_script("OnStart", str(script), os.environ["PATH"], 30)
    assert capfd.readouterr().out == "LifecycleConfigOnStart here\n"


def test_what_names_no_stream_is_in_jupyter_s_whole() -> None:
    lines = ["LifecycleConfigOnStart ready", "bwrap: Can't mkdir", f"{JUPYTER_LOG} serving"]
    assert by_stream(lines, {JUPYTER_LOG, "LifecycleConfigOnStart"}) == {
        "LifecycleConfigOnStart": ["ready"],
        JUPYTER_LOG: ["bwrap: Can't mkdir", "serving"],
    }
