"""People of a school's account who may do little."""

from __future__ import annotations

import json
from dataclasses import replace

import boto3


def as_user(lab, *statements):
    """Return the lab as somebody who may do what the statements say."""
    iam, name = lab.client("iam"), f"somebody-{lab.student}"
    arn = iam.create_user(UserName=name)["User"]["Arn"]
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    if statements:
        iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=lab.region)
    return replace(lab, session=session, caller=arn, _clients={})


def allow(actions, resource="*"):
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
