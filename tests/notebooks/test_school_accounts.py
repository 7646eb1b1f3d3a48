"""The notebooks for learners who may prepare nothing: with what a school gives, and after a teacher."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import boto3
import nbformat
import pytest
from edition_source import make_edition

from mllab_helpers import policies, storage
from mllab_helpers.cleanup import emptying
from mllab_helpers.identity import identity, roles
from mllab_helpers.lab.connection import LOCAL_ROLE
from mllab_helpers.lab.lab import Lab
from mllab_helpers.runner.local_aws import fresh_local_aws
from mllab_localaws import daemon
from mllab_localaws.access import record
from mllab_localaws.files import ACCESS_FILE

PROJECT = Path(__file__).resolve().parents[2]
ACCOUNT, REGION = "123456789012", "us-east-1"
BUCKET, BEFORE = "school-bucket", "notes/from-before.txt"
SERVICES = [f"{service}.amazonaws.com" for service in ("sagemaker", "lambda", "events", "scheduler")]
# What the README has a school put on one role: without `teacher`, which prepares.
WORKING = [actor for actor in policies.ACTORS if actor != policies.TEACHER]
# Cheap enough: a small model, few requests.
NOTEBOOKS = {
    "01": {},
    "02": {"num_round": "20"},
    "03": {"latency_requests": "20"},
    "06": {},
}


@pytest.fixture
def environment():
    with fresh_local_aws() as environment:
        yield environment


@pytest.fixture
def school(environment):
    """A session of the local AWS's administrator, and where it answers."""
    connection = daemon.start(Path(environment["MLLAB_LOCAL_HOME"]))
    session = boto3.Session(connection.access_key, connection.secret_key, region_name=REGION)
    return session, connection


def run(folder, environment, **parameters):
    """Run the notebooks one after the other; return what each one said."""
    said = {}
    for number, own in NOTEBOOKS.items():
        [source] = (PROJECT / "notebooks" / "source").glob(f"{number}_*.py")
        begun, done = folder / f"{number}.ipynb", folder / f"{number}-done.ipynb"
        nbformat.write(make_edition(source, "es"), begun)
        given = {**own, **(parameters if number == "01" else {}), "student": "ana", "backend": "local"}
        typed = [word for name, value in given.items() for word in ("-p", name, value)]
        command = [Path(sys.executable).with_name("papermill"), begun, done, "-k", "python3", *typed]
        ran = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        cells = [cell for cell in nbformat.read(done, as_version=4).cells if cell.cell_type == "code"]
        outputs = [output for cell in cells for output in cell.outputs]
        said[number] = "".join(
            str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
            for output in outputs
        )
    return said


def make_role(session, connection, name, trusted, *documents):
    iam = session.client("iam", endpoint_url=connection.endpoint_url)
    statement = {"Effect": "Allow", "Principal": trusted, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    # Together they are longer than a role's inline policies may be.
    parts = [part for document in documents for part in policies.in_managed_policies(document)]
    for number, part in enumerate(parts):
        made = iam.create_policy(PolicyName=f"{name}-{number}", PolicyDocument=json.dumps(part))
        iam.attach_role_policy(RoleName=name, PolicyArn=made["Policy"]["Arn"])
    return arn


def decisions(connection, role):
    """Return the actions that somebody in a role was allowed, and those that were refused."""
    entries = [
        entry for entry in record.read(connection.home / ACCESS_FILE) if entry.principal.endswith(f"/{role}")
    ]
    allowed = {entry.action for entry in entries if entry.decision == "allowed"}
    return allowed, {entry.action for entry in entries} - allowed


def test_with_a_given_role_and_bucket_nothing_of_that_kind_is_made_changed_or_removed(
    school, environment, tmp_path
):
    session, connection = school
    given = {"role_arn": f"arn:aws:iam::{ACCOUNT}:role/school-role", "bucket": BUCKET}
    where = {"account": ACCOUNT, "region": REGION, "student": "ana", **given}
    documents = [policies.policy(actor, **where) for actor in WORKING]
    make_role(session, connection, "school-role", {"Service": SERVICES}, *documents)
    people = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    person = make_role(
        session, connection, "school-person", people, policies.policy(policies.LEARNER, **where)
    )
    s3 = session.client("s3", endpoint_url=connection.endpoint_url)
    s3.create_bucket(Bucket=BUCKET)
    s3.put_object(Bucket=BUCKET, Key=BEFORE, Body=b"not the lab's")
    said = run(tmp_path, {**environment, LOCAL_ROLE: person}, **given)
    assert given["role_arn"] in said["01"]
    assert "not authorized to perform: iam:CreateRole" in said["01"]
    assert "RMSE" in said["02"]
    assert "Se queda lo que te prepararon: school-bucket, school-role." in said["06"]
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket=BUCKET)["Contents"]] == [BEFORE]
    iam = session.client("iam", endpoint_url=connection.endpoint_url)
    names = {role["RoleName"] for role in iam.list_roles()["Roles"]}
    assert names == {"school-role", "school-person"}
    assert [bucket["Name"] for bucket in s3.list_buckets()["Buckets"] if "mllab" in bucket["Name"]] == []
    _, refused = decisions(connection, "school-person")
    assert refused == {"iam:CreateRole", "s3:CreateBucket", "s3:ListBucketVersions"}


def test_a_learner_for_whom_a_teacher_prepared_everything_runs_all_of_it_and_leaves_the_preparation(
    school, environment, tmp_path, monkeypatch
):
    _, connection = school
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(connection.home))
    monkeypatch.setenv("MLLAB_HOME", str(tmp_path / "teacher"))
    teacher = Lab.open(backend="local", student="ana", region=REGION, language="es")
    storage.ensure_bucket(teacher)
    roles.ensure_roles(teacher)
    teacher.forget()  # the learner comes from another machine
    learner = f"arn:aws:iam::{ACCOUNT}:role/mllab-ana-learner"
    said = run(tmp_path, {**environment, LOCAL_ROLE: learner})
    assert "AES256" in said["01"]
    assert "implicitDeny" in said["01"]
    assert "not authorized to perform: iam:CreateRole" in said["01"]
    assert "RMSE" in said["02"]
    assert "Se queda lo que te prepararon: mllab-123456789012-us-east-1-ana, mllab-ana-" in said["06"]
    assert storage.bucket_exists(teacher)
    assert not emptying.has_objects(teacher)
    assert all(roles.role_exists(teacher, role) for role in roles.ROLES)
    assert identity.could(teacher, learner, "sagemaker:CreateTrainingJob", "*") == "implicitDeny"
    allowed, _ = decisions(connection, "mllab-ana-learner")
    document = roles.policy(teacher, policies.LEARNER)
    looking = {"LookAtOwnRoles", "ReadPolicies", "UseOwnBucket"}
    wanted = {
        action
        for statement in document["Statement"]
        if statement["Sid"] in looking
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
    }
    assert wanted - allowed == {"s3:GetBucketNotification", "s3:PutBucketNotification"}  # notebook 05
