"""The lab inside a notebook instance: how it gets there, and that it knows where it is."""

from __future__ import annotations

import base64
import io
import json
import time
import zipfile
from pathlib import Path

import pytest

from mllab_helpers import storage
from mllab_helpers.identity import roles
from mllab_helpers.instance import notebook_instance, workbench
from mllab_helpers.instance.errors import InstanceFailed, NoProjectFiles

# Runs inside the instance once the lab is there, on the kernel's own Python.
INSIDE = """
import json, os, sys
from pathlib import Path
import mllab_helpers
from mllab_helpers import Lab
from mllab_helpers.cleanup import cleanup
from mllab_helpers.instance import links, notebook_instance
lab = Lab.open(student=sys.argv[1], region=None, language="en")
name = notebook_instance.ensure(lab, "workbench")
notebook_instance.stop(lab, name)
status = lab.client("sagemaker").describe_notebook_instance(NotebookInstanceName=name)
said = {
    "code": mllab_helpers.__file__, "backend": lab.backend, "region": lab.region, "name": name,
    "status": status["NotebookInstanceStatus"], "folder": str(lab.folder), "pause": lab.pause,
    "caller": lab.client("sts").get_caller_identity()["Arn"], "raw_data": lab.recall("raw_data"),
    "there": sorted(set(cleanup.inventory(lab)["kind"])), "swept": list(cleanup.sweep(lab)["kind"]),
    "receipt": repr(cleanup.receipt(lab)), "headline": cleanup.receipt(lab).headline,
    "link": links.for_browser(lab.endpoint_url),
}
Path("said.tmp").write_text(json.dumps(said))
os.rename("said.tmp", "said.json")
"""
WHEN_READY = """
cd "$HOME/SageMaker"
[ -e asked ] || { touch asked; exit 0; }
cat > inside.py <<'PROGRAM'
PROGRAM_TEXT
PROGRAM
nohup bash -c 'while ! [ -e MLLAB-READY.txt ] && ! [ -e MLLAB-FAILED.txt ]; do sleep 0.1; done
.mllab/env/bin/python inside.py STUDENT > inside.log 2>&1 || mv inside.log said.json' > /dev/null 2>&1 &
"""


@pytest.fixture
def learner(real_lab):
    """The lab of a learner for whom a teacher has prepared everything."""
    storage.ensure_bucket(real_lab)
    roles.ensure_roles(real_lab)
    real_lab.remember("raw_data", {"key": "raw/house_prices.csv"})
    return real_lab.as_learner()


def until(condition, what, seconds=180):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, what()
        time.sleep(0.05)


def test_the_lab_installs_itself_in_an_instance_and_knows_there_where_it_is(learner, local_connection):
    name, student = learner.name("workbench"), learner.student
    folder = local_connection.home / "instances" / "us-east-1" / name / "home" / "SageMaker"
    workbench.ensure_config(learner, name)
    script = workbench.on_start(learner) + WHEN_READY.replace("PROGRAM_TEXT", INSIDE).replace(
        "STUDENT", student
    )
    sagemaker = learner.client("sagemaker")
    sagemaker.update_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName=name,
        OnStart=[{"Content": base64.b64encode(script.encode()).decode()}],
    )
    named = {"NotebookInstanceName": name}
    sagemaker.create_notebook_instance(
        **named,
        InstanceType="ml.t3.medium",
        RoleArn=learner.recall("roles")["learner"],
        LifecycleConfigName=name,
    )
    # Nothing has been delivered yet: the marker says so, and the instance is in service all the same.
    until((folder / "MLLAB-FAILED.txt").exists, lambda: sorted(folder.iterdir()))
    failed = (folder / "MLLAB-FAILED.txt").read_text()
    assert failed.startswith("El laboratorio no se pudo instalar.")
    assert "NoSuchKey" in failed
    until(lambda: status(sagemaker, name) == "InService", lambda: status(sagemaker, name))

    notebook_instance.stop(learner, name)
    workbench.deliver(learner)
    sagemaker.start_notebook_instance(**named)
    said = folder / "said.json"
    until(said.exists, (folder / ".mllab" / "install.log").read_text)
    assert sorted(each.name for each in folder.glob("MLLAB-*")) == ["MLLAB-READY.txt"]
    kernel = folder.parent / ".local" / "share" / "jupyter" / "kernels" / "mllab" / "kernel.json"
    assert json.loads(kernel.read_text())["argv"][0].endswith("/SageMaker/.mllab/env/bin/python")
    assert (folder / "mllab" / "es" / "02_entrenamiento.ipynb").is_file()
    assert (folder / "mllab" / "figures" / "map_00_es.svg").is_file()

    try:
        found = json.loads(said.read_text())
    except ValueError:
        pytest.fail(said.read_text())
    inside = "/SageMaker/.mllab"
    assert f"{inside}/env/lib/" in found["code"]
    assert found["folder"].endswith(f"{inside}/aws/123456789012-us-east-1-{student}")
    assert (found["backend"], found["region"], found["name"]) == ("aws", "us-east-1", name)
    assert (found["status"], found["pause"]) == ("InService", 0.05)
    assert found["caller"] == f"arn:aws:sts::123456789012:assumed-role/mllab-{student}-learner/SageMaker"
    assert found["raw_data"] == {"key": "raw/house_prices.csv"}
    assert {"notebook-instance", "lifecycle-config", "files"} <= set(found["there"])
    assert found["swept"] == []
    assert f"The instance {name}, in which you are working, still runs" in found["receipt"]
    assert found["headline"] == f"only the instance {name} is left running, in which you work"
    assert found["link"] == local_connection.endpoint_url
    notebook_instance.delete(learner, name)


def test_an_instance_that_fails_is_said_with_awss_reason_and_where_its_logs_are(learner):
    sagemaker, name = learner.client("sagemaker"), learner.name("workbench")
    sagemaker.create_notebook_instance_lifecycle_config(
        NotebookInstanceLifecycleConfigName=name,
        OnCreate=[{"Content": base64.b64encode(b"exit 1").decode()}],
    )
    with pytest.raises(InstanceFailed, match=rf"{name}.*took longer.*/aws/sagemaker/NotebookInstances"):
        notebook_instance.ensure(learner, "workbench")
    notebook_instance.delete(learner, name)
    assert [entry.kind for entry in learner.ledger()].count("notebook-instance") == 2  # created and deleted


def status(sagemaker, name):
    return sagemaker.describe_notebook_instance(NotebookInstanceName=name)["NotebookInstanceStatus"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_script_keeps_awss_limit_and_says_everything_in_the_learners_language(lab, language):
    from mllab_helpers import texts

    texts.use(language)
    script = workbench.on_start(lab)
    assert len(base64.b64encode(script.encode())) <= 16_384
    assert texts.say("workbench.ready") in script
    assert not {"{region}", "{bucket}", "{key}", "{installing}", "{ready}", "{failed}"} & set(script.split())
    assert f"{lab.region} {lab.bucket} {workbench.KEY}" in script


def test_the_wheel_holds_the_whole_lab_and_its_command():
    name, content = workbench.wheel()
    archive = zipfile.ZipFile(io.BytesIO(content))
    names = archive.namelist()
    assert name.startswith("mllab-")
    assert name.endswith("-py3-none-any.whl")
    for needed in ("policies/learner.json", "scripts/workbench_on_start.sh", "texts/es.py", "py.typed"):
        assert f"mllab_helpers/{needed}" in names
    assert "mllab_localaws/server.py" in names
    assert not [each for each in names if "__pycache__" in each]
    about = next(each for each in names if each.endswith("entry_points.txt"))
    assert b"mllab = mllab_helpers.cli.main:main" in archive.read(about)
    record = next(each for each in names if each.endswith("RECORD"))
    assert {line.split(",")[0] for line in archive.read(record).decode().splitlines()} == set(names)


def test_outside_of_the_project_an_instance_cannot_be_equipped_and_nothing_is_uploaded(lab, monkeypatch):
    monkeypatch.setattr(workbench, "_PROJECT", Path("/nowhere"))
    with pytest.raises(NoProjectFiles, match="clon del proyecto"):
        workbench.deliver(lab)
