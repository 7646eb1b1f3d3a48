"""What a school account gives: checked early, used as it is, and left in place."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from school_users import allow, as_user

from mllab_helpers import policies, storage
from mllab_helpers.cleanup import cleanup, emptying
from mllab_helpers.errors import Denied, LeftBehind
from mllab_helpers.identity import given, given_bucket, identity, roles
from mllab_helpers.identity.errors import (
    BucketInUse,
    BucketOccupied,
    GivenBucketElsewhere,
    GivenBucketMissing,
    GivenBucketRefused,
    NoSuchRole,
    NotPrepared,
    RoleElsewhere,
    WrongRoleArn,
)
from mllab_helpers.instance import workbench
from mllab_helpers.lab.assumed import session_in_role
from mllab_helpers.lab.clock import Clock, wait_until
from mllab_helpers.lifecycle import retraining
from mllab_helpers.monitoring import capture, drift

ACCOUNT = "123456789012"


def make_role(lab, name, **more):
    role = lab.client("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}", **more)
    return role["Role"]["Arn"]


def make_bucket(lab, name):
    lab.client("s3").create_bucket(Bucket=name)
    return name


@pytest.mark.parametrize(
    "arn",
    [
        "LabRole",
        "arn:aws:iam::123456789012:user/ana",
        "arn:aws:iam::1234:role/LabRole",
        "arn:aws:iam::123456789012:role/",
        "arn:aws:iam::123456789012:role/two words",
        "arn:aws:sts::123456789012:assumed-role/LabRole/ana",
        f"arn:aws:iam::123456789012:role/{'x' * 65}",
    ],
)
def test_what_is_no_role_s_arn_is_refused_before_aws_is_asked(lab, arn):
    with pytest.raises(WrongRoleArn, match=r"arn:aws:iam::123456789012:role/NOMBRE"):
        given.use(lab, role_arn=arn)


def test_a_role_of_another_account_is_refused_with_both_accounts(lab):
    with pytest.raises(RoleElsewhere, match=r"999999999999.*123456789012"):
        given.use(lab, lambda_role_arn="arn:aws:iam::999999999999:role/LabRole")


def test_a_role_that_does_not_exist_is_refused_also_when_only_its_path_is_wrong(real_lab):
    name = f"school-{real_lab.student}"
    with pytest.raises(NoSuchRole, match=name):
        given.use(real_lab, role_arn=f"arn:aws:iam::{ACCOUNT}:role/{name}")
    make_role(real_lab, name, Path="/teaching/")
    with pytest.raises(NoSuchRole, match=name):
        given.use(real_lab, role_arn=f"arn:aws:iam::{ACCOUNT}:role/{name}")
    arn = f"arn:aws:iam::{ACCOUNT}:role/teaching/{name}"
    given.use(real_lab, role_arn=arn)
    assert roles.ensure_roles(real_lab)["execution"] == arn


def test_whoever_may_not_look_at_the_role_is_believed(real_lab):
    somebody = as_user(real_lab)
    given.use(somebody, role_arn=f"arn:aws:iam::{ACCOUNT}:role/never-seen")
    assert somebody.given("role_arn").endswith("never-seen")
    assert roles.ensure_roles(somebody)["lambda"].endswith("never-seen")


def test_a_given_role_serves_all_services_is_not_changed_and_its_opener_is_the_learner(real_lab):
    iam, name = real_lab.client("iam"), f"school-{real_lab.student}"
    arn = make_role(real_lab, name)
    given.use(real_lab, role_arn=arn)
    assert identity.ensure_execution_role(real_lab) == arn
    everybody = roles.ensure_roles(real_lab)
    assert everybody == dict.fromkeys(("execution", "lambda", "events", "roll_out", "scheduler"), arn)
    assert real_lab.role_arn == roles.role_arn(real_lab, "lambda") == arn
    assert real_lab.as_learner() is real_lab
    assert iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] == []
    assert iam.list_role_policies(RoleName=name)["PolicyNames"] == []
    assert not roles.role_exists(real_lab, roles.role_of("execution"))
    cleanup.sweep(real_lab)
    assert iam.get_role(RoleName=name)["Role"]["Arn"] == arn
    assert cleanup.receipt(real_lab).kept == (name,)
    assert f"Se queda lo que te prepararon: {name}." in repr(cleanup.receipt(real_lab))


def test_a_role_for_functions_alone_leaves_the_other_roles_to_the_lab(real_lab):
    arn = make_role(real_lab, f"functions-{real_lab.student}")
    given.use(real_lab, lambda_role_arn=arn)
    everybody = roles.ensure_roles(real_lab)
    assert everybody["lambda"] == everybody["roll_out"] == arn
    assert everybody["execution"].endswith(real_lab.name("execution-role"))
    assert everybody["learner"].endswith(real_lab.name("learner"))
    passing = [
        each for each in roles.policy(real_lab, "learner")["Statement"] if each["Sid"] == "PassRolesToLambda"
    ]
    assert set(passing[0]["Resource"]) == {arn}
    cleanup.sweep(real_lab)
    assert cleanup.receipt(real_lab).kept == (arn.rpartition("/")[2],)


def test_what_the_lab_makes_itself_does_not_count_as_given(real_lab):
    bucket = storage.ensure_bucket(real_lab)
    everybody = roles.ensure_roles(real_lab)
    given.use(real_lab, role_arn=everybody["execution"], lambda_role_arn=everybody["lambda"], bucket=bucket)
    assert [real_lab.given(what) for what in ("role_arn", "lambda_role_arn", "bucket")] == ["", "", ""]
    cleanup.sweep(real_lab)
    assert cleanup.inventory(real_lab).empty
    assert not storage.bucket_exists(real_lab)


def test_without_the_parameters_the_lab_makes_its_own_again(real_lab):
    given.use(real_lab, bucket=make_bucket(real_lab, f"school-{real_lab.student}"))
    assert real_lab.bucket == f"school-{real_lab.student}"
    given.use(real_lab)
    assert real_lab.bucket == real_lab.own_bucket


def test_a_bucket_that_does_not_exist_or_may_not_be_seen_is_refused_early(real_lab):
    for wrong in ("no-such-bucket-at-all", "s3://school/", "Two Words", "x", "../raw", "arn:aws:s3:::school"):
        with pytest.raises(GivenBucketMissing, match=re.escape(wrong)):
            given.use(real_lab, bucket=wrong)
    name = make_bucket(real_lab, f"school-{real_lab.student}")
    with pytest.raises(GivenBucketRefused, match=f"--bucket {name}"):
        given.use(as_user(real_lab), bucket=name)


def test_a_bucket_of_a_neighbour_s_account_is_refused(real_lab):
    with pytest.raises(GivenBucketRefused, match="sagemaker-sample-files"):
        given.use(real_lab, bucket="sagemaker-sample-files")


def test_a_bucket_of_another_region_is_refused(lab, stub):
    s3 = stub("s3")
    asked = {"Bucket": "far-away", "ExpectedBucketOwner": ACCOUNT}
    s3.add_response("head_bucket", {"BucketRegion": "eu-west-1"}, asked)
    with pytest.raises(GivenBucketElsewhere, match=r"eu-west-1.*us-east-1"):
        given.use(lab, bucket="far-away")


def test_clean_up_takes_what_the_lab_wrote_and_leaves_the_bucket_as_it_was(real_lab):
    s3, name = real_lab.client("s3"), make_bucket(real_lab, f"school-{real_lab.student}")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=name, Key="lessons/plan.txt", Body=b"a teacher's")
    s3.put_object(Bucket=name, Key="rawhide.txt", Body=b"begins like a prefix of the lab's")
    given.use(real_lab, bucket=name)
    assert storage.ensure_bucket(real_lab) == name
    assert storage.ensure_bucket(real_lab) == name
    settings = storage.bucket_settings(real_lab)
    assert (settings.public_access_blocked, settings.versioning) == (False, "Enabled")
    for _ in range(2):
        storage.upload_bytes(real_lab, b"1,2", "raw/a.csv")
    s3.put_object(Bucket=name, Key=f"{real_lab.name('job')}/code/sourcedir.tar.gz", Body=b"an SDK's")
    with pytest.raises(LeftBehind, match=name):
        cleanup.receipt(real_lab)
    assert list(cleanup.sweep(real_lab)["kind"]) == ["files"]
    versions = s3.list_object_versions(Bucket=name)
    assert [each["Key"] for each in versions["Versions"]] == ["lessons/plan.txt", "rawhide.txt"]
    assert "DeleteMarkers" not in versions
    assert cleanup.receipt(real_lab).kept == (name,)
    assert cleanup.receipt(real_lab).built == ()


def test_clean_up_leaves_versions_from_before_the_lab(real_lab):
    s3, name = real_lab.client("s3"), make_bucket(real_lab, f"school-{real_lab.student}")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket=name, Key="raw/a.csv", Body=b"of last year")
    s3.delete_object(Bucket=name, Key="raw/a.csv")
    before = versions(s3, name)

    def another_moment():
        return s3.put_object(Bucket=name, Key="now", Body=b"") and versions(s3, name)["now"][0][1]

    old = max(moment for each in before.values() for _, moment in each)
    pause = {"what": "the next second", "pause": 0.05, "limit": 10}
    wait_until(Clock(), another_moment, lambda now: int(now.timestamp()) > int(old.timestamp()), **pause)
    given.use(real_lab, bucket=name)
    storage.ensure_bucket(real_lab)
    for _ in range(2):
        storage.upload_bytes(real_lab, b"1,2", "raw/a.csv")
    s3.delete_object(Bucket=name, Key="raw/a.csv")
    assert list(cleanup.sweep(real_lab)["kind"]) == ["files"]
    left = versions(s3, name)
    assert left.pop("now")
    assert left == before


def versions(s3, bucket):
    """Return the versions of each key, latest first, with their moments."""
    found, listed = {}, s3.list_object_versions(Bucket=bucket)
    for each in [*listed.get("DeleteMarkers", ()), *listed.get("Versions", ())]:
        found.setdefault(each["Key"], []).append((each["VersionId"], each["LastModified"]))
    return {key: sorted(each, key=lambda one: one[1], reverse=True) for key, each in found.items()}


def test_whoever_may_see_versions_and_not_delete_them_deletes_what_is_there(real_lab):
    s3, name = real_lab.client("s3"), make_bucket(real_lab, f"school-{real_lab.student}")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    denied = {"Effect": "Deny", "Action": "s3:DeleteObjectVersion", "Resource": "*"}
    somebody = as_user(real_lab, allow("s3:*"), denied)
    given.use(somebody, bucket=name)
    storage.ensure_bucket(somebody)
    storage.upload_bytes(somebody, b"1,2", "raw/a.csv")
    assert emptying.sees_versions(somebody)
    emptying.delete_objects(somebody)
    assert "Contents" not in s3.list_objects_v2(Bucket=name)
    assert set(versions(s3, name)) == {"raw/a.csv", given_bucket.MARKER}


def test_what_s3_refuses_to_delete_among_others_is_said_with_its_key(lab, stub):
    s3 = stub("s3")
    s3.add_client_error("list_object_versions", "AccessDenied", "no")
    s3.add_response("list_objects_v2", {"Contents": [{"Key": "raw/a.csv"}, {"Key": "raw/b.csv"}]})
    refused = {"Key": "raw/b.csv", "Code": "AccessDenied", "Message": "Access Denied"}
    s3.add_response("delete_objects", {"Errors": [refused]})
    with pytest.raises(Denied, match=r"DeleteObjects.*raw/b\.csv"):
        emptying.delete_objects(lab)


@pytest.mark.parametrize("before", [{}, {"EventBridgeConfiguration": {}}])
def test_clean_up_ends_what_the_lab_has_the_bucket_tell_and_nothing_else(real_lab, before):
    s3, sqs = real_lab.client("s3"), real_lab.client("sqs")
    name = make_bucket(real_lab, f"school-{real_lab.student}")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    queues = [{"Id": "theirs", "QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
    theirs = {"QueueConfigurations": queues, **before}
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=theirs)
    given.use(real_lab, bucket=name)
    storage.ensure_bucket(real_lab)
    told = storage.notifications(real_lab) | {"EventBridgeConfiguration": {}}
    s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=told)
    cleanup.sweep(real_lab)
    assert storage.notifications(real_lab) == theirs


def test_everything_that_the_lab_writes_lies_below_the_prefixes_that_clean_up_empties():
    folders = (capture.CAPTURED, capture.ARCHIVE, drift.BASELINE, retraining.INCOMING, retraining.COMPARISON)
    for written in (*folders, retraining.KNOWN, retraining.VALIDATION, workbench.KEY):
        assert f"{written}/".startswith(given_bucket.PREFIXES)


def test_a_bucket_belongs_to_one_learner_until_they_clean_up(make_real_lab):
    ana, luis = make_real_lab(), make_real_lab()
    name = make_bucket(ana, f"school-{ana.student}")
    for lab in (ana, luis):
        given.use(lab, bucket=name)
    storage.ensure_bucket(ana)
    storage.upload_bytes(ana, b"1,2", "raw/a.csv")
    with pytest.raises(BucketInUse, match=ana.student):
        storage.ensure_bucket(luis)
    assert not emptying.has_objects(luis)
    assert cleanup.sweep(luis).empty
    assert storage.download(ana, "raw/a.csv") == b"1,2"
    cleanup.sweep(ana)
    assert storage.ensure_bucket(luis) == name


@pytest.mark.parametrize("key", ["raw/theirs.csv", "training/x", given_bucket.MARKER])
def test_a_bucket_with_something_where_the_lab_would_write_is_refused_and_not_touched(real_lab, key):
    s3, name = real_lab.client("s3"), make_bucket(real_lab, f"school-{real_lab.student}")
    s3.put_object(Bucket=name, Key=key, Body=b"not ours")
    given.use(real_lab, bucket=name)
    with pytest.raises(BucketOccupied, match=key.partition("/")[0]):
        storage.ensure_bucket(real_lab)
    assert [each["Key"] for each in s3.list_objects_v2(Bucket=name)["Contents"]] == [key]


def test_of_two_learners_who_come_at_once_one_gets_the_bucket(make_real_lab, monkeypatch):
    ana, luis = make_real_lab(), make_real_lab()
    name = make_bucket(ana, f"school-{ana.student}")
    for lab in (ana, luis):
        given.use(lab, bucket=name)
    looked = given_bucket.owner(luis)  # nobody's, still
    storage.ensure_bucket(ana)
    answers = iter([looked])
    owner = given_bucket.owner
    monkeypatch.setattr(given_bucket, "owner", lambda lab: next(answers, None) or owner(lab))
    with pytest.raises(BucketInUse, match=ana.student):
        storage.ensure_bucket(luis)


def test_the_policies_name_what_was_given_and_nothing_of_the_lab_s_own(real_lab):
    arn = make_role(real_lab, f"school-{real_lab.student}")
    given.use(real_lab, role_arn=arn, bucket=make_bucket(real_lab, f"school-{real_lab.student}"))
    for actor in (policies.LEARNER, policies.EXECUTION, policies.ROLL_OUT):
        text = json.dumps(roles.policy(real_lab, actor))
        assert real_lab.own_bucket not in text
        assert real_lab.name("execution-role") not in text
        assert arn in text


def test_whoever_may_create_nothing_and_finds_nothing_is_told_what_to_ask_for(real_lab):
    somebody = as_user(real_lab, allow(["s3:ListBucket", "iam:GetRole"]))
    with pytest.raises(NotPrepared, match=somebody.own_bucket):
        storage.ensure_bucket(somebody)
    with pytest.raises(NotPrepared, match=r"execution-role.*somebody-.*role_arn"):
        identity.ensure_execution_role(somebody)


def test_what_a_teacher_prepared_is_found_and_left_by_whoever_may_not_change_it(real_lab):
    bucket, everybody = storage.ensure_bucket(real_lab), roles.ensure_roles(real_lab)
    session = session_in_role(
        real_lab.session, everybody["learner"], "ana", endpoint_url=real_lab.endpoint_url
    )
    caller = f"arn:aws:sts::{ACCOUNT}:assumed-role/{real_lab.name('learner')}/ana"
    elsewhere = real_lab.folder / "elsewhere"
    somebody = replace(real_lab, session=session, caller=caller, folder=elsewhere, _clients={})
    assert storage.ensure_bucket(somebody) == bucket
    assert identity.ensure_execution_role(somebody) == everybody["execution"]
    attached = real_lab.client("iam").list_attached_role_policies(RoleName=somebody.name("execution-role"))
    assert attached["AttachedPolicies"] == []
    storage.upload_bytes(somebody, b"1,2", "raw/a.csv")
    assert roles.ensure_roles(somebody) == everybody
    assert somebody.as_learner() is somebody
    cleanup.sweep(somebody)
    assert cleanup.inventory(somebody).empty
    receipt = cleanup.receipt(somebody)
    assert set(receipt.kept) == {bucket, *(somebody.name(role.thing) for role in roles.ROLES)}
    assert not emptying.has_objects(real_lab)
    assert sorted(set(cleanup.sweep(real_lab)["kind"])) == ["bucket", "role"]


def test_preparing_a_second_time_is_the_opener_s_work_although_the_lab_has_the_learner_s_role_on(real_lab):
    storage.ensure_bucket(real_lab)
    roles.ensure_roles(real_lab)
    learner, iam = real_lab.as_learner(), real_lab.client("iam")
    where = {"RoleName": real_lab.name("lambda-role"), "PolicyName": roles.policy_name(real_lab)}
    iam.delete_role_policy(**where)
    storage.ensure_bucket(learner)
    roles.ensure_roles(learner)
    assert iam.get_role_policy(**where)["PolicyDocument"] == roles.policy(real_lab, "lambda")


def test_answers_that_may_not_be_asked_for_are_called_so(real_lab):
    somebody = as_user(real_lab)
    storage.ensure_bucket(real_lab)
    roles.ensure_roles(real_lab)
    assert repr(storage.bucket_settings(somebody)).count("no puedes preguntarlo") == 3
    assert "SimulatePrincipalPolicy" in identity.could(somebody, somebody.role_arn, "s3:DeleteBucket", "*")
    assert identity.trust_policy(somebody)["Statement"] == []
    assert list(identity.compare_policies(somebody)["policy"]) == [roles.INLINE_POLICY]
