"""The whole lab as a learner runs it in a notebook instance: nobody's administrator, and not root.

A teacher prepares the learner; the instance's lifecycle script brings the lab; everything after that happens
inside the instance, whose only identity is the learner's role.
"""

from __future__ import annotations

import base64
import subprocess
import sys
import time

import pytest

from mllab_helpers.instance import notebook_instance, workbench
from mllab_helpers.lab.lab import Lab
from mllab_helpers.runner import local_aws
from mllab_localaws import sandbox

FREE_BYTES = 5e9  # of the instance's volume
SECONDS = 900
# The learner has a number of their own where a sandbox can give one, and never root's.
AS_SOMEBODY = "bwrap --unshare-user --uid 1000 --gid 1000 --dev-bind / /" if sandbox.available() else "env"
RUN = """
cd "$HOME/SageMaker"
cat > run.sh <<'PROGRAM'
while ! [ -e MLLAB-READY.txt ] && ! [ -e MLLAB-FAILED.txt ]; do sleep 0.2; done
id -u > uid.txt
.mllab/env/bin/mllab run --backend auto --student ana --notebooks mllab/es --output run > run.log 2>&1
echo $? > code.tmp; mv code.tmp code.txt
PROGRAM
nohup AS_SOMEBODY bash run.sh > /dev/null 2>&1 &
"""


@pytest.fixture
def home(monkeypatch):
    home = local_aws.create_home()
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(home))
    monkeypatch.setenv("MLLAB_PROGRESS", "plain")
    yield home
    local_aws.close(home)


def until(condition, what):
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.2)


def test_a_learner_runs_the_whole_lab_in_an_instance(home, tmp_path):
    prepare = (
        "class",
        "create",
        "--students",
        "ana",
        "--backend",
        "local",
        "--output",
        tmp_path / "class.md",
    )
    subprocess.run([sys.executable, "-m", "mllab_helpers.cli", *map(str, prepare)], check=True)
    learner = Lab.open(backend="local", student="ana", language="es")
    name = learner.name("workbench")
    folder = home / "instances" / "us-east-1" / name / "home" / "SageMaker"

    workbench.ensure_config(learner, name)
    script = workbench.on_start(learner) + RUN.replace("AS_SOMEBODY", AS_SOMEBODY)
    learner.client("sagemaker").update_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName=name,
        OnStart=[{"Content": base64.b64encode(script.encode()).decode()}],
    )
    workbench.deliver(learner)
    learner.client("sagemaker").create_notebook_instance(
        NotebookInstanceName=name,
        InstanceType="ml.t3.medium",
        RoleArn=learner.recall("roles")["learner"],
        LifecycleConfigName=name,
    )
    until(
        (folder / "code.txt").exists, lambda: sorted(folder.iterdir()) if folder.exists() else "no instance"
    )

    failed = folder / "MLLAB-FAILED.txt"
    assert not failed.exists(), failed.read_text()
    said = (folder / "run.log").read_text()
    assert (folder / "code.txt").read_text().strip() == "0", said
    assert (folder / "uid.txt").read_text().strip() != "0" or not sandbox.available()
    for number in ("01", "02", "03", "04", "05", "06"):
        assert f"\n{number}_" in said
    assert sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) < FREE_BYTES
    # The instance outlives the clean-up that ran in it; its owner ends it from elsewhere.
    notebook_instance.delete(learner, name)
