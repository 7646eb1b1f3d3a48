"""`mllab class`: a teacher prepares, looks and ends, with a teacher's permissions and no others."""

from __future__ import annotations

import csv
import dataclasses
import json
import re

import pytest
from botocore.exceptions import ClientError

from mllab_helpers import storage
from mllab_helpers.aws_errors import error_code
from mllab_helpers.classroom import class_sheet, classroom
from mllab_helpers.classroom.class_sheet import console_link
from mllab_helpers.classroom.classroom import Prepared
from mllab_helpers.classroom.errors import ClassUnfinished, SheetInTheWay
from mllab_helpers.cleanup import cleanup
from mllab_helpers.cli import main
from mllab_helpers.errors import BucketTaken
from mllab_helpers.identity import roles
from mllab_helpers.lab.lab import Lab
from mllab_helpers.training import training

ROWS = b"\n".join(b"%d,%d" % (2 * x, x) for x in range(50))


@pytest.fixture
def teacher(local_connection, monkeypatch):
    monkeypatch.setenv("MLLAB_LOCAL_HOME", str(local_connection.home))
    return Lab.open_as_teacher(backend="local")


@pytest.fixture
def mllab(teacher, monkeypatch, tmp_path, capsys):
    """Return a function that types a command in an empty directory: exit code, what was said, errors."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLLAB_LANGUAGE", "en")

    def command(*arguments):
        code = main.main(["class", *arguments])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def names(prepared):
    return [each.student for each in prepared]


def test_a_class_is_prepared_by_the_teacher_s_role_and_each_works_in_their_own(teacher):
    assert teacher.client("sts").get_caller_identity()["Arn"].endswith("assumed-role/mllab-teacher/teacher")
    [mia, teo] = classroom.create(teacher, ["mia", "teo"])
    assert (mia.student, mia.bucket, mia.is_new) == ("mia", "mllab-123456789012-us-east-1-mia", True)
    lab = Lab.open(backend="local", student="mia")
    assert lab.client("sts").get_caller_identity()["Arn"].endswith("assumed-role/mllab-mia-learner/mia")
    storage.upload_bytes(lab, ROWS, "data/train/rows.csv")
    with pytest.raises(ClientError, match="AccessDenied"):
        lab.client("s3").list_objects_v2(Bucket=teo.bucket)
    assert {"mia", "teo"} <= set(names(classroom.find(teacher)))


def test_preparing_again_adds_who_is_new_and_renews_what_the_others_may_do(teacher):
    classroom.create(teacher, ["uma"])
    iam, role = teacher.client("iam"), "mllab-uma-learner"
    nothing = {"Effect": "Deny", "Action": "sagemaker:*", "Resource": "*"}
    old = json.dumps({"Version": "2012-10-17", "Statement": [nothing]})
    iam.put_role_policy(RoleName=role, PolicyName=roles.policy_name(teacher), PolicyDocument=old)
    again = classroom.create(teacher, ["uma", "val"])
    assert [(each.student, each.is_new) for each in again] == [("uma", False), ("val", True)]
    # The teacher may not read a policy: what it says shows in what it lets one do.
    teacher.of_student("uma").as_learner().client("sagemaker").list_models()


def test_a_failure_in_the_middle_says_who_is_ready_and_the_next_run_goes_on(teacher, monkeypatch):
    ensure = storage.ensure_bucket

    def taken(lab):
        if lab.student == "yan":
            raise BucketTaken(bucket=lab.bucket)
        return ensure(lab)

    monkeypatch.setattr(storage, "ensure_bucket", taken)
    with pytest.raises(ClassUnfinished) as raised:
        classroom.create(teacher, ["xan", "yan", "zoe"])
    assert "yan" in str(raised.value)
    assert "listos: xan" in str(raised.value)
    monkeypatch.undo()
    done = classroom.create(teacher, ["xan", "yan", "zoe"])
    assert [each.is_new for each in done] == [False, True, True]


def test_where_somebody_is_shows_in_what_exists(teacher, monkeypatch):
    classroom.create(teacher, ["leo"])

    def reached():
        [standing] = classroom.status(teacher, ["leo"])
        return standing.reached

    lab = teacher.of_student("leo").as_learner()
    assert reached() == ""
    storage.upload_bytes(lab, ROWS, "data/train/rows.csv")
    assert reached() == "01"
    job = lab.name("xgb")
    training.start_training(lab, job, {"train": f"s3://{lab.bucket}/data/train/"}, {"num_round": 2})
    training.wait_for_training(lab, job)
    assert reached() == "02"
    with_endpoint = classroom.Resource("", "alarm", lab.name("houses-idle"))
    for kind, notebook in (("endpoint", "03"), ("function", "04"), ("alarm", "05")):
        mark = [classroom.Resource("", kind, lab.name("x")), with_endpoint]
        assert classroom._reached(mark, has_data=True) == notebook


def test_what_runs_is_shown_with_its_price_and_a_price_that_is_unknown_as_unknown(teacher, monkeypatch):
    found = [
        classroom.Resource("SageMaker", "endpoint", "e", "InService", "ml.m5.large", 0.115),
        classroom.Resource("SageMaker", "notebook-instance", "n", "InService", "ml.t3.medium", 0.05),
        classroom.Resource("SageMaker", "model", "m"),
    ]
    monkeypatch.setattr(classroom.resources, "find_all", lambda _lab: found)
    [standing] = classroom.status(teacher, ["leo"])
    assert standing.usd_per_hour == pytest.approx(0.165)
    assert [each.kind for each in standing.running] == ["endpoint", "notebook-instance"]
    found.append(classroom.Resource("SageMaker", "endpoint", "x", "InService", "ml.p5", None))
    [standing] = classroom.status(teacher, ["leo"])
    assert standing.usd_per_hour is None
    assert len(standing.running) == 3


def test_one_who_cannot_be_seen_does_not_hide_the_others(teacher, mllab, monkeypatch):
    classroom.create(teacher, ["kim"])
    find = classroom.resources.find_all

    def refusing(lab):
        if lab.student == "bad":
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListModels")
        return find(lab)

    monkeypatch.setattr(classroom.resources, "find_all", refusing)
    bad, kim = classroom.status(teacher, ["bad", "kim"])
    assert bad.problem
    assert not kim.problem
    code, said, errors = mllab("status", "--backend", "local", "--students", "bad,kim")
    assert code == 1
    assert re.search(r"^bad +\? +\? +\?$", said, re.MULTILINE)
    assert re.search(r"^kim +not begun +nothing +0\.000$", said, re.MULTILINE)
    assert errors.startswith("bad: ")


def test_the_commands_prepare_show_and_end_a_class(mllab, teacher, tmp_path):
    code, said, _ = mllab("create", "--backend", "local", "--students", "gus,hal")
    assert code == 0
    assert "gus: bucket and roles made" in said
    sheet = (tmp_path / "class.md").read_text()
    assert 'student = "hal"' in sheet
    assert "arn:aws:iam::123456789012:role/mllab-gus-learner" in sheet

    code, said, _ = mllab("status", "--backend", "local", "--students", "hal,gus")
    assert code == 0
    rows = [line.split("  ") for line in said.splitlines()]
    assert [row[0] for row in rows if row[0] in ("hal", "gus")] == ["hal", "gus"]
    assert "0.000 USD per hour" in said

    code, said, errors = mllab("clean", "--backend", "local", "--students", "gus,hal")
    assert code == 1
    assert "gus, hal" in errors
    assert "--yes" in errors
    code, said, _ = mllab("clean", "--backend", "local", "--students", "gus,hal", "--yes")
    assert code == 0
    assert "hal: nothing is left" in said
    assert not {"gus", "hal"} & set(names(classroom.find(teacher)))


def test_nothing_is_made_when_a_name_is_wrong_or_the_sheet_cannot_be_written(mllab, teacher, tmp_path):
    (tmp_path / "class.md").write_text("my own notes")
    before = names(classroom.find(teacher))
    for arguments in (
        ("--students", "oli,OLI"),
        ("--students", "oli"),
        ("--students", "oli", "--output", str(tmp_path / "none" / "class.md")),
        (),
    ):
        code, _, errors = mllab("create", "--backend", "local", *arguments)
        assert code == 1
        assert errors
    assert names(classroom.find(teacher)) == before
    assert (tmp_path / "class.md").read_text() == "my own notes"


def test_clean_without_names_asks_for_them_instead_of_taking_everybody(mllab):
    code, _, errors = mllab("clean", "--backend", "local", "--yes")
    assert code == 1
    assert "--students" in errors


def test_a_class_that_cannot_be_cleaned_wholly_says_whose_part_is_left(mllab, teacher, monkeypatch):
    classroom.create(teacher, ["pia", "quim"])
    sweep = cleanup.sweep

    def refusing(lab):
        if lab.student == "pia":
            raise BucketTaken(bucket=lab.bucket)
        return sweep(lab)

    monkeypatch.setattr(cleanup, "sweep", refusing)
    code, said, errors = mllab("clean", "--backend", "local", "--students", "pia,quim", "--yes")
    assert code == 1
    assert "pia" in errors
    assert "quim: nothing is left" in said


# --- what is handed out


ANA = Prepared("ana", "mllab-123456789012-us-east-1-ana", "arn:aws:iam::123456789012:role/mllab-ana-learner")


def test_the_sheet_for_aws_leads_into_the_role_by_console_and_by_profile(lab, tmp_path):
    path = tmp_path / "class.md"
    class_sheet.write(path, lab, [ANA])
    text = path.read_text()
    link = (
        "https://signin.aws.amazon.com/switchrole?account=123456789012&roleName=mllab-ana-learner"
        "&displayName=mllab-ana"
    )
    assert f"<{link}>" in text
    assert f"role_arn = {ANA.role_arn}\nsource_profile = default\nregion = us-east-1" in text
    policy = json.loads(text.split("```json\n")[1].split("\n```")[0])
    assert policy["Statement"][0]["Resource"] == ANA.role_arn
    class_sheet.write(path, lab, [ANA, dataclasses.replace(ANA, student="eva")])
    assert "## eva" in path.read_text()


def test_the_sheet_may_be_a_table(lab, tmp_path):
    path = tmp_path / "class.csv"
    for _ in range(2):
        class_sheet.write(path, lab, [ANA])
    [row] = csv.DictReader(path.read_text().splitlines())
    assert row["student"] == "ana"
    assert row["console"] == console_link(lab, ANA)


def test_somebody_else_s_file_is_not_written_over(lab, tmp_path):
    path = tmp_path / "class.md"
    path.write_bytes(b"\xff\xfe notes")
    for wrong in (path, tmp_path):
        with pytest.raises(SheetInTheWay):
            class_sheet.write(wrong, lab, [ANA])
    assert path.read_bytes() == b"\xff\xfe notes"


def test_a_teacher_makes_roles_of_the_lab_and_no_others(teacher):
    with pytest.raises(ClientError) as raised:
        teacher.client("iam").create_role(RoleName="other", AssumeRolePolicyDocument="{}")
    assert error_code(raised.value) == "AccessDenied"
