"""Nothing is done that no policy allows, by whatever service; and what one allows is."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from identities import ACCOUNT, ROOT, allow, assume, document, make_role, make_user, refused, trust

Client = Callable[..., Any]
ENDPOINT = "arn:aws:sagemaker:us-east-1:123456789012:endpoint/prices"


@pytest.fixture
def bucket(client: Client) -> str:
    """A bucket with one object, `train/a.csv`."""
    name = f"guarded-{uuid.uuid4().hex[:8]}"
    client("s3").create_bucket(Bucket=name)
    client("s3").put_object(Bucket=name, Key="train/a.csv", Body=b"1,2\n")
    return name


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "action", "code", "status"),
    [
        ("s3", "list_objects_v2", {"Bucket": "b"}, "s3:ListBucket", "AccessDenied", 403),
        ("iam", "create_user", {"UserName": "x"}, "iam:CreateUser", "AccessDenied", 403),
        (
            "sts",
            "assume_role",
            {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/no-such-role", "RoleSessionName": "ss"},
            "sts:AssumeRole",
            "AccessDenied",
            403,
        ),
        ("sagemaker", "list_models", {}, "sagemaker:ListModels", "AccessDeniedException", 400),
        ("logs", "describe_log_groups", {}, "logs:DescribeLogGroups", "AccessDeniedException", 400),
        ("events", "list_rules", {}, "events:ListRules", "AccessDeniedException", 400),
        ("lambda", "list_functions", {}, "lambda:ListFunctions", "AccessDeniedException", 403),
        ("apigateway", "get_rest_apis", {}, "apigateway:GET", "AccessDeniedException", 403),
        ("cloudwatch", "list_metrics", {}, "cloudwatch:ListMetrics", "AccessDenied", 403),
        ("sns", "list_topics", {}, "sns:ListTopics", "AuthorizationError", 403),
        ("sqs", "create_queue", {"QueueName": "q"}, "sqs:CreateQueue", "AccessDenied", 403),
        (
            "sagemaker-runtime",
            "invoke_endpoint",
            {"EndpointName": "prices", "Body": b"1"},
            "sagemaker:InvokeEndpoint",
            "AccessDeniedException",
            403,
        ),
    ],
)
def test_who_has_no_policies_is_refused_by_every_service_in_its_own_way(
    client: Client,
    service: str,
    operation: str,
    arguments: dict[str, Any],
    action: str,
    code: str,
    status: int,
) -> None:
    nobody = make_user(client)
    answered, with_status, message = refused(getattr(nobody.client(service), operation), **arguments)
    assert (answered, with_status) == (code, status)
    assert message.startswith(f"User: {nobody.arn} is not authorized to perform: {action} on resource: ")


def test_everybody_may_ask_who_he_is(client: Client) -> None:
    nobody = make_user(client)
    assert nobody.client("sts").get_caller_identity()["Arn"] == nobody.arn


def test_the_refusal_says_who_what_where_and_why(client: Client, bucket: str) -> None:
    own = f"arn:aws:s3:::{bucket}/train/*"
    reader = make_user(
        client, allow("s3:GetObject", own), {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}
    )
    s3 = reader.client("s3")
    assert s3.get_object(Bucket=bucket, Key="train/a.csv")["Body"].read() == b"1,2\n"
    code, _, message = refused(s3.put_object, Bucket=bucket, Key="train/b.csv", Body=b"")
    assert (code, message) == (
        "AccessDenied",
        f"User: {reader.arn} is not authorized to perform: s3:PutObject on resource: "
        f'"arn:aws:s3:::{bucket}/train/b.csv" because no identity-based policy allows the s3:PutObject '
        "action",
    )
    code, _, message = refused(s3.delete_object, Bucket=bucket, Key="train/a.csv")
    assert message.endswith("with an explicit deny in an identity-based policy")
    assert client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_objects_are_guarded_in_whatever_way_they_are_reached(client: Client, bucket: str) -> None:
    reader = make_user(client, allow("s3:GetObject", f"arn:aws:s3:::{bucket}/open/*"))
    s3 = reader.client("s3")
    source = {"Bucket": bucket, "Key": "train/a.csv"}
    for call, more in (
        (s3.head_object, source),
        (s3.get_object, source),
        (s3.get_object_tagging, source),
        (s3.copy_object, {"Bucket": bucket, "Key": "open/stolen", "CopySource": source}),
        (s3.create_multipart_upload, source),
        (s3.delete_objects, {"Bucket": bucket, "Delete": {"Objects": [{"Key": "train/a.csv"}]}}),
        (s3.list_objects, {"Bucket": bucket}),
        (s3.get_bucket_policy, {"Bucket": bucket}),
        (s3.delete_bucket, {"Bucket": bucket}),
    ):
        assert refused(call, **more)[1] == 403


def test_a_refused_upload_does_not_spoil_the_connection_for_the_next_request(
    client: Client, bucket: str
) -> None:
    # boto3 asks before it sends an object's body, and keeps its connections.
    nobody = make_user(client).client("s3")
    for _ in range(4):
        assert refused(nobody.put_object, Bucket=bucket, Key="k", Body=b"body")[0] == "AccessDenied"
    assert refused(nobody.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    s3 = client("s3")
    for _ in range(2):
        assert refused(s3.put_object, Bucket="nobody-has-this", Key="k", Body=b"body")[0] == "NoSuchBucket"
        s3.put_object(Bucket=bucket, Key="k", Body=b"body")


def test_a_policy_that_changes_counts_at_once(client: Client, bucket: str) -> None:
    user, iam = make_user(client), client("iam")
    s3 = user.client("s3")
    assert refused(s3.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    iam.put_user_policy(UserName=user.name, PolicyName="p", PolicyDocument=document(allow("s3:*")))
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    iam.delete_user_policy(UserName=user.name, PolicyName="p")
    assert refused(s3.list_objects_v2, Bucket=bucket)[0] == "AccessDenied"
    iam.create_group(GroupName=f"g-{user.name}")
    iam.put_group_policy(GroupName=f"g-{user.name}", PolicyName="p", PolicyDocument=document(allow("s3:*")))
    iam.add_user_to_group(GroupName=f"g-{user.name}", UserName=user.name)
    assert s3.list_objects_v2(Bucket=bucket)["KeyCount"] == 1


def test_a_key_that_is_switched_off_or_deleted_opens_nothing(client: Client) -> None:
    user, iam = make_user(client, allow("*")), client("iam")
    mine = user.client("iam")
    key = {"UserName": user.name, "AccessKeyId": user.keys["aws_access_key_id"]}
    mine.list_users()
    iam.update_access_key(**key, Status="Inactive")
    assert refused(mine.list_users)[0] == "InvalidClientTokenId"
    iam.update_access_key(**key, Status="Active")
    mine.list_users()
    iam.delete_access_key(**key)
    assert refused(mine.list_users)[0] == "InvalidClientTokenId"


def test_a_bucket_policy_lets_in_and_shuts_out(client: Client, bucket: str) -> None:
    guest, member = make_user(client), make_user(client, allow("s3:*"))
    objects = f"arn:aws:s3:::{bucket}/*"
    policy = document(
        {"Effect": "Allow", "Principal": {"AWS": guest.arn}, "Action": "s3:GetObject", "Resource": objects},
        {"Effect": "Deny", "Principal": {"AWS": member.arn}, "Action": "s3:Get*", "Resource": objects},
    )
    client("s3").put_bucket_policy(Bucket=bucket, Policy=policy)
    key = {"Bucket": bucket, "Key": "train/a.csv"}
    assert guest.client("s3").get_object(**key)["Body"].read() == b"1,2\n"
    assert refused(guest.client("s3").delete_object, **key)[0] == "AccessDenied"
    message = refused(member.client("s3").get_object, **key)[2]
    assert message.endswith("with an explicit deny in a resource-based policy")
    client("s3").delete_bucket_policy(Bucket=bucket)
    assert refused(guest.client("s3").get_object, **key)[0] == "AccessDenied"
    assert member.client("s3").get_object(**key)["Body"].read() == b"1,2\n"


def test_whether_an_object_is_there_is_told_to_those_alone_who_may_list(client: Client, bucket: str) -> None:
    objects = f"arn:aws:s3:::{bucket}/*"
    blind = make_user(client, allow("s3:GetObject", objects)).client("s3")
    code, _, message = refused(blind.get_object, Bucket=bucket, Key="nothing")
    assert (code, "s3:ListBucket" in message) == ("AccessDenied", True)
    assert refused(blind.head_object, Bucket=bucket, Key="nothing")[1] == 403
    seeing = make_user(client, allow("s3:GetObject", objects), allow("s3:ListBucket")).client("s3")
    assert refused(seeing.get_object, Bucket=bucket, Key="nothing")[0] == "NoSuchKey"
    assert refused(seeing.head_object, Bucket=bucket, Key="nothing")[1] == 404


STATEMENT = {
    "Effect": "Allow",
    "Principal": "*",
    "Action": "s3:GetObject",
    "Resource": "arn:aws:s3:::BUCKET/*",
}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Effect": "allow"}, "Invalid effect: allow"),
        ({"Action": "sagemaker:InvokeEndpoint"}, "Policy has invalid action"),
        ({"Action": None}, "Policy has invalid action"),
        ({"Resource": "arn:aws:s3:::other/*"}, "Policy has invalid resource"),
        ({"Resource": "arn:aws:sqs:us-east-1:123456789012:q"}, "Policy has invalid resource"),
        ({"Resource": 5}, "Policy has invalid resource"),
        ({"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/never-created"}}, "Invalid principal in policy"),
        ({"Principal": "ana"}, "Invalid principal in policy"),
        ({"Conditions": {}}, "Invalid policy syntax."),
    ],
)
def test_a_bucket_policy_that_could_never_mean_anything_is_malformed(
    client: Client, bucket: str, changes: dict[str, Any], message: str
) -> None:
    s3 = client("s3")
    good = json.loads(json.dumps(STATEMENT).replace("BUCKET", bucket))
    code, status, text = refused(s3.put_bucket_policy, Bucket=bucket, Policy=document({**good, **changes}))
    assert (code, status, text) == ("MalformedPolicy", 400, message)
    for name in STATEMENT:
        without = {key: value for key, value in good.items() if key != name}
        text = refused(s3.put_bucket_policy, Bucket=bucket, Policy=document(without))[2]
        assert text == f"Missing required field {name}"
    s3.put_bucket_policy(Bucket=bucket, Policy=document(good))


def test_a_role_is_assumed_by_whom_it_trusts_and_nobody_else(client: Client) -> None:
    named, member, stranger = make_user(client), make_user(client, allow("sts:AssumeRole")), make_user(client)
    _, by_name = make_role(client, trusting=trust({"AWS": named.arn}))
    _, by_account = make_role(client)
    assert assume(client, by_name, named.client("sts")).arn.endswith("/tested")
    assert assume(client, by_account, member.client("sts")).arn.endswith("/tested")
    assert (
        refused(stranger.client("sts").assume_role, RoleArn=by_account, RoleSessionName="xx")[0]
        == "AccessDenied"
    )
    code, _, message = refused(member.client("sts").assume_role, RoleArn=by_name, RoleSessionName="xx")
    assert (code, message) == (
        "AccessDenied",
        f"User: {member.arn} is not authorized to perform: sts:AssumeRole on resource: {by_name}",
    )


def test_a_condition_of_the_trust_policy_is_asked(client: Client) -> None:
    condition = {"StringEquals": {"sts:ExternalId": "secret-word"}}
    _, role = make_role(client, trusting=trust({"AWS": ROOT}, Condition=condition))
    assert refused(client("sts").assume_role, RoleArn=role, RoleSessionName="xx")[0] == "AccessDenied"
    assert assume(client, role, ExternalId="secret-word").arn


def test_a_session_may_do_what_its_role_may_and_less_when_it_was_narrowed(
    client: Client, bucket: str
) -> None:
    _, role = make_role(client, allow("s3:*"))
    whole = assume(client, role)
    assert whole.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    assert refused(whole.client("iam").list_users)[2].startswith(f"User: {whole.arn} is not authorized")
    narrow = assume(client, role, Policy=document(allow("s3:ListBucket"), allow("iam:*")))
    assert narrow.client("s3").list_objects_v2(Bucket=bucket)["KeyCount"] == 1
    message = refused(narrow.client("s3").get_object, Bucket=bucket, Key="train/a.csv")[2]
    assert message.endswith("because no session policy allows the s3:GetObject action")
    assert refused(narrow.client("iam").list_users)[0] == "AccessDenied"
    read_only = {"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}
    reading = assume(client, role, PolicyArns=[read_only])
    assert reading.client("s3").get_object(Bucket=bucket, Key="train/a.csv")
    assert refused(reading.client("s3").delete_object, Bucket=bucket, Key="train/a.csv")[0] == "AccessDenied"


def test_a_permissions_boundary_limits_its_role(client: Client, bucket: str) -> None:
    policy = client("iam").create_policy(
        PolicyName=f"boundary-{bucket}", PolicyDocument=document(allow("s3:GetObject"))
    )
    _, role = make_role(client, allow("s3:*"), PermissionsBoundary=policy["Policy"]["Arn"])
    s3 = assume(client, role).client("s3")
    assert s3.get_object(Bucket=bucket, Key="train/a.csv")
    message = refused(s3.list_objects_v2, Bucket=bucket)[2]
    assert message.endswith("because no permissions boundary allows the s3:ListBucket action")


def test_tags_of_the_asker_choose_what_is_his(client: Client, bucket: str) -> None:
    mine = allow("s3:GetObject", f"arn:aws:s3:::{bucket}/${{aws:PrincipalTag/folder}}/*")
    reader, other = (make_user(client, mine, tags={"folder": name}) for name in ("train", "test"))
    key = {"Bucket": bucket, "Key": "train/a.csv"}
    assert reader.client("s3").get_object(**key)
    assert refused(other.client("s3").get_object, **key)[0] == "AccessDenied"


def test_a_role_is_passed_only_by_whom_a_policy_lets(client: Client) -> None:
    _, role = make_role(client, trusting=trust({"Service": "sagemaker.amazonaws.com"}))
    creating = allow("sagemaker:*")
    passing = allow(
        "iam:PassRole", role, Condition={"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}
    )
    without, with_role = make_user(client, creating), make_user(client, creating, passing)
    name = {"NotebookInstanceName": f"n-{uuid.uuid4().hex[:8]}", "InstanceType": "ml.t3.medium"}
    code, _, message = refused(without.client("sagemaker").create_notebook_instance, **name, RoleArn=role)
    assert (code, message) == (
        "AccessDeniedException",
        f"User: {without.arn} is not authorized to perform: iam:PassRole on resource: {role} because no "
        "identity-based policy allows the iam:PassRole action",
    )
    assert with_role.client("sagemaker").create_notebook_instance(**name, RoleArn=role)


@pytest.mark.parametrize("kind", ["queue", "topic"])
def test_a_queue_and_a_topic_let_in_whom_their_policies_name(client: Client, kind: str) -> None:
    guest, name = make_user(client), f"guarded-{uuid.uuid4().hex[:8]}"
    if kind == "queue":
        url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
        arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:{name}"
        send, arguments, action = (
            guest.client("sqs").send_message,
            {"QueueUrl": url, "MessageBody": "m"},
            "sqs:SendMessage",
        )
    else:
        arn = client("sns").create_topic(Name=name)["TopicArn"]
        send, arguments, action = (
            guest.client("sns").publish,
            {"TopicArn": arn, "Message": "m"},
            "sns:Publish",
        )
    assert refused(send, **arguments)[1] == 403
    policy = document({"Effect": "Allow", "Principal": {"AWS": guest.arn}, "Action": action, "Resource": arn})
    if kind == "queue":
        client("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    else:
        client("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
    assert send(**arguments)["MessageId"]


def test_who_may_do_everything_alone_gets_to_know_what_is_not_there(client: Client) -> None:
    nobody = make_user(client, allow("sagemaker:*"))
    assert refused(nobody.client("dynamodb").list_tables)[0] == "NotImplemented"
    assert refused(client("sts").get_session_token)[0] == "NotImplemented"


def test_the_time_is_asked_anew_at_each_request(client: Client) -> None:
    until = {"DateLessThan": {"aws:CurrentTime": "2000-01-01T00:00:00Z"}}
    late = make_user(client, allow("iam:ListUsers", Condition=until))
    assert refused(late.client("iam").list_users)[0] == "AccessDenied"


def test_every_decision_is_in_the_record_once(client: Client, connection: Any, bucket: str) -> None:
    name, role = make_role(client, allow("s3:GetObject"))
    s3 = assume(client, role).client("s3")
    for _ in range(3):
        s3.get_object(Bucket=bucket, Key="train/a.csv")
        refused(s3.list_objects_v2, Bucket=bucket)
    path = connection.home / "access.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line for line in lines if line["principal"] == role] == [
        {
            "principal": role,
            "action": "s3:GetObject",
            "resource": f"arn:aws:s3:::{bucket}/train/a.csv",
            "decision": "allowed",
        },
        {
            "principal": role,
            "action": "s3:ListBucket",
            "resource": f"arn:aws:s3:::{bucket}",
            "decision": "implicitDeny",
        },
    ]
    assert path.stat().st_mode & 0o777 == 0o600
    assert name in role
