"""Notebook instances on a machine without bubblewrap."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from notebook_machines import ASK, PYTHON, lesson, processes_of


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_scripts_find_their_paths_all_the_same(tmp_path: Path) -> None:
    about = "cat /opt/ml/metadata/resource-metadata.json; echo; cd /home/ec2-user/SageMaker && pwd"
    script = f"{about}; {PYTHON} -c '{ASK}'"
    with lesson(tmp_path / "home") as taught:
        found = taught.start("plain", OnStart=script)
        assert found["NotebookInstanceStatus"] == "InService", found
        said, folder, caller, *_ = taught.log("plain", "LifecycleConfigOnStart")
        assert json.loads(said)["ResourceName"] == "plain"
        assert folder == str(taught.root("plain") / "home" / "SageMaker")
        assert caller.endswith(":assumed-role/teacher/SageMaker")
        taught.stop("plain")
        assert not processes_of(taught.root("plain"))
