"""What the doctor finds, and what it advises."""

from __future__ import annotations

import os

import pytest

from mllab_helpers import doctor
from mllab_helpers.doctor import OK, STOP, WARNING


@pytest.mark.parametrize(
    ("version", "level"), [((3, 9), STOP), ((3, 10), OK), ((3, 13), OK), ((3, 14), STOP), ((4, 0), STOP)]
)
def test_python_3_10_to_3_13_is_good(version, level):
    finding = doctor.check_python(version)
    assert finding.level == level
    assert bool(finding.advice) == (level == STOP)


def test_a_package_in_another_version_than_the_lock_s_is_a_warning(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "pytest==0.0.1 \\\n    --hash=sha256:00\n"
        "boto3==0.0.2 ; python_version < '3'\n"
        "not-installed-here==1.0\n"
    )
    finding = doctor.check_packages(lock)
    assert finding.level == WARNING
    assert "(0.0.1)" in finding.text
    assert "boto3" not in finding.text


def test_without_a_lock_the_installed_packages_are_enough(tmp_path):
    assert doctor.check_packages(tmp_path / "none.lock").level == OK


@pytest.mark.parametrize(("free", "level"), [(50.0, OK), (0.3, STOP)])
def test_a_full_disk_stops_the_lab(free, level):
    assert doctor.check_disk(free).level == level


@pytest.mark.parametrize(("free", "level"), [(16.0, OK), (0.5, WARNING)])
def test_little_memory_is_a_warning(free, level):
    assert doctor.check_memory(free).level == level


def test_a_local_aws_that_runs_is_named_and_one_that_does_not_is_no_problem(
    local_connection, monkeypatch, tmp_path
):
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(local_connection.home))
    assert local_connection.endpoint_url in doctor.check_local_aws().text
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(tmp_path / "none" / "deep"))
    assert doctor.check_local_aws().level == OK
    assert not (tmp_path / "none").exists()


def test_the_command_explains_missing_credentials_and_fails(monkeypatch, tmp_path, capsys):
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    assert doctor.run_doctor("aws", None, "en") == 1
    said = capsys.readouterr().out
    assert "[stop] AWS does not accept this machine's credentials" in said
    assert "aws configure" in said
    assert "cannot work here yet" in said


def test_the_command_approves_this_machine_for_local_work(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(tmp_path))
    assert doctor.run_doctor("local", None, "es") == 0
    assert "puede trabajar en este equipo" in capsys.readouterr().out
