"""S3, STS, Logs and IAM through the gateway: moto as the store, and what is ours in front of it."""

from __future__ import annotations

import hashlib
import io
import json
import time
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError

Client = Callable[..., Any]
TLS_ONLY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ],
}


@pytest.fixture
def bucket(client: Client, request: pytest.FixtureRequest) -> str:
    name = "t-" + hashlib.sha1(request.node.nodeid.encode()).hexdigest()[:20]
    client("s3").create_bucket(Bucket=name)
    return name


def test_a_large_object_travels_in_parts_and_ranges_unchanged(client: Client, bucket: str) -> None:
    s3 = client("s3")
    body = hashlib.shake_128(b"seed").digest(20 * 2**20)
    parts = TransferConfig(multipart_threshold=5 * 2**20, multipart_chunksize=5 * 2**20)
    s3.upload_fileobj(io.BytesIO(body), bucket, "large", Config=parts)
    downloaded = io.BytesIO()
    s3.download_fileobj(bucket, "large", downloaded, Config=parts)
    assert downloaded.getvalue() == body
    piece = s3.get_object(Bucket=bucket, Key="large", Range="bytes=10-19")["Body"].read()
    assert piece == body[10:20]


def test_metadata_names_keep_their_underscores(client: Client, bucket: str) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"", Metadata={"with_underscore": "1", "with-dash": "2"})
    assert s3.head_object(Bucket=bucket, Key="k")["Metadata"] == {"with_underscore": "1", "with-dash": "2"}


def test_keys_may_hold_accents_and_blanks(client: Client, bucket: str) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="año 2014/é+&.csv", Body=b"1")
    assert [item["Key"] for item in s3.list_objects_v2(Bucket=bucket)["Contents"]] == ["año 2014/é+&.csv"]
    assert s3.get_object(Bucket=bucket, Key="año 2014/é+&.csv")["Body"].read() == b"1"


def test_a_presigned_url_reads_one_object(client: Client, bucket: str) -> None:
    s3 = client("s3")
    s3.put_object(Bucket=bucket, Key="k", Body=b"content")
    url = s3.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": "k"})
    with urllib.request.urlopen(url) as answer:
        assert answer.read() == b"content"


def test_a_tls_only_policy_is_stored_and_does_not_lock_out_loopback(client: Client, bucket: str) -> None:
    s3 = client("s3")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(TLS_ONLY))
    assert json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"]) == TLS_ONLY
    s3.put_object(Bucket=bucket, Key="k", Body=b"1")
    assert s3.get_object(Bucket=bucket, Key="k")["Body"].read() == b"1"
    s3.delete_bucket_policy(Bucket=bucket)
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=bucket)


def test_a_bucket_made_again_under_the_same_name_has_no_policy(client: Client, bucket: str) -> None:
    s3 = client("s3")
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(TLS_ONLY))
    s3.delete_bucket(Bucket=bucket)
    s3.create_bucket(Bucket=bucket)
    with pytest.raises(ClientError, match="NoSuchBucketPolicy"):
        s3.get_bucket_policy(Bucket=bucket)


def test_a_policy_that_is_not_json_is_malformed(client: Client, bucket: str) -> None:
    with pytest.raises(ClientError, match="MalformedPolicy"):
        client("s3").put_bucket_policy(Bucket=bucket, Policy="{")


def test_a_policy_of_a_missing_bucket_is_no_such_bucket(client: Client) -> None:
    with pytest.raises(ClientError, match="NoSuchBucket"):
        client("s3").get_bucket_policy(Bucket="never-created-here")


def test_the_owner_is_the_administrator_and_a_role_session_is_itself(client: Client) -> None:
    assert client("sts").get_caller_identity()["Arn"].endswith(":user/administrator")
    trust = trusting({"AWS": "arn:aws:iam::123456789012:root"})
    client("iam").create_role(RoleName="session-role", AssumeRolePolicyDocument=json.dumps(trust))
    role = "arn:aws:iam::123456789012:role/session-role"
    keys = client("sts").assume_role(RoleArn=role, RoleSessionName="one")["Credentials"]
    session = client(
        "sts",
        aws_access_key_id=keys["AccessKeyId"],
        aws_secret_access_key=keys["SecretAccessKey"],
        aws_session_token=keys["SessionToken"],
    )
    assert session.get_caller_identity()["Arn"].endswith(":assumed-role/session-role/one")


def trusting(principal: dict[str, str]) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return {"Version": "2012-10-17", "Statement": [statement]}


TRUST = trusting({"Service": "sagemaker.amazonaws.com"})


def test_simulation_weighs_deny_over_allow_and_knows_managed_and_inline_policies(client: Client) -> None:
    iam = client("iam")
    iam.create_role(RoleName="simulated", AssumeRolePolicyDocument=json.dumps(TRUST))
    iam.attach_role_policy(RoleName="simulated", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    deny = {"Effect": "Deny", "Action": "s3:DeleteObject", "Resource": "arn:aws:s3:::kept/*"}
    document = {"Version": "2012-10-17", "Statement": deny}
    iam.put_role_policy(RoleName="simulated", PolicyName="keep", PolicyDocument=json.dumps(document))
    answer = iam.simulate_principal_policy(
        PolicySourceArn="arn:aws:iam::123456789012:role/simulated",
        ActionNames=["s3:GetObject", "s3:DeleteObject", "iam:CreateRole"],
        ResourceArns=["arn:aws:s3:::kept/x"],
    )
    decisions = {row["EvalActionName"]: row["EvalDecision"] for row in answer["EvaluationResults"]}
    assert decisions == {
        "s3:GetObject": "allowed",
        "s3:DeleteObject": "explicitDeny",
        "iam:CreateRole": "implicitDeny",
    }


def test_simulation_takes_a_context_and_says_what_decided_and_what_it_did_not_know(client: Client) -> None:
    iam = client("iam")
    role = iam.create_role(RoleName="simulated-pass", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]
    passing = {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": "*",
        "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": passing})
    iam.put_role_policy(RoleName="simulated-pass", PolicyName="passing", PolicyDocument=document)

    def simulate(**more: Any) -> Any:
        answer = iam.simulate_principal_policy(
            PolicySourceArn=role["Arn"], ActionNames=["iam:PassRole"], **more
        )
        return answer["EvaluationResults"][0]

    key = {"ContextKeyName": "iam:PassedToService", "ContextKeyType": "string"}
    to_sagemaker = [{**key, "ContextKeyValues": ["sagemaker.amazonaws.com"]}]
    assert simulate()["EvalDecision"] == "implicitDeny"
    assert simulate()["MissingContextValues"] == ["iam:PassedToService"]
    allowed = simulate(ContextEntries=to_sagemaker)
    assert (allowed["EvalDecision"], allowed["MissingContextValues"]) == ("allowed", [])
    assert allowed["MatchedStatements"] == [{"SourcePolicyId": "passing", "SourcePolicyType": "role"}]
    deny = json.dumps({"Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})
    assert simulate(ContextEntries=to_sagemaker, PolicyInputList=[deny])["EvalDecision"] == "explicitDeny"
    limited = simulate(ContextEntries=to_sagemaker, PermissionsBoundaryPolicyInputList=['{"Statement": []}'])
    assert limited["EvalDecision"] == "implicitDeny"
    assert limited["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    with pytest.raises(ClientError, match="InvalidInput"):
        simulate(PolicyInputList=["{"])


def test_simulating_an_identity_that_does_not_exist_is_no_such_entity(client: Client) -> None:
    with pytest.raises(ClientError, match="NoSuchEntity"):
        client("iam").simulate_principal_policy(
            PolicySourceArn="arn:aws:iam::123456789012:role/nobody-here", ActionNames=["s3:GetObject"]
        )


def test_a_name_that_somebody_else_owns_is_taken_and_closed(client: Client) -> None:
    s3 = client("s3")
    with pytest.raises(ClientError, match="BucketAlreadyExists"):
        s3.create_bucket(Bucket="sagemaker-sample-files")
    with pytest.raises(ClientError, match="403"):
        s3.head_bucket(Bucket="sagemaker-sample-files")
    assert "sagemaker-sample-files" not in [found["Name"] for found in s3.list_buckets()["Buckets"]]


def test_log_events_come_back_in_order(client: Client) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="/test/group")
    logs.create_log_stream(logGroupName="/test/group", logStreamName="s")
    now = int(time.time() * 1000)
    events = [{"timestamp": now + i, "message": f"line {i}"} for i in range(3)]
    logs.put_log_events(logGroupName="/test/group", logStreamName="s", logEvents=events)
    got = logs.get_log_events(logGroupName="/test/group", logStreamName="s", startFromHead=True)["events"]
    assert [event["message"] for event in got] == ["line 0", "line 1", "line 2"]
