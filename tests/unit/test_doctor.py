"""What the doctor and the first cell of a notebook say about an account, and when they stop."""

from __future__ import annotations

import os

from mllab_helpers import doctor


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
