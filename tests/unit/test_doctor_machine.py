"""What the doctor finds on a machine, and what it advises."""

from __future__ import annotations

import pytest

from mllab_helpers.doctor import machine
from mllab_helpers.doctor.findings import OK, STOP, WARNING


@pytest.mark.parametrize(
    ("version", "level"), [((3, 9), STOP), ((3, 10), OK), ((3, 13), OK), ((3, 14), STOP), ((4, 0), STOP)]
)
def test_python_3_10_to_3_13_is_good(version, level):
    finding = machine.check_python(version)
    assert finding.level == level
    assert bool(finding.advice) == (level == STOP)


def test_a_package_in_another_version_than_the_lock_s_is_a_warning(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "pytest==0.0.1 \\\n    --hash=sha256:00\n"
        "boto3==0.0.2 ; python_version < '3'\n"
        "not-installed-here==1.0\n"
    )
    finding = machine.check_packages(lock)
    assert finding.level == WARNING
    assert "(0.0.1)" in finding.text
    assert "boto3" not in finding.text


def test_without_a_lock_the_installed_packages_are_enough(tmp_path):
    assert machine.check_packages(tmp_path / "none.lock").level == OK


@pytest.mark.parametrize(("free", "level"), [(50.0, OK), (0.3, STOP)])
def test_a_full_disk_stops_the_lab(free, level):
    assert machine.check_disk(free).level == level


@pytest.mark.parametrize(("free", "level"), [(16.0, OK), (0.5, WARNING)])
def test_little_memory_is_a_warning(free, level):
    assert machine.check_memory(free).level == level


def test_a_local_aws_that_runs_is_named_and_one_that_does_not_is_no_problem(
    local_connection, monkeypatch, tmp_path
):
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(local_connection.home))
    assert local_connection.endpoint_url in machine.check_local_aws().text
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(tmp_path / "none" / "deep"))
    assert machine.check_local_aws().level == OK
    assert not (tmp_path / "none").exists()
