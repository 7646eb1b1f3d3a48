"""Notebook instances of a local AWS in the tests' own process: what their scripts do, say and leave."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
from identities import allow, document, trust
from in_process import InProcess, served, until

LOG_GROUP = "/aws/sagemaker/NotebookInstances"
PYTHON = "/home/ec2-user/anaconda3/envs/python3/bin/python"


# What a program says that asks who it is, and what it may do.
ASK = """
import boto3, json
from botocore.exceptions import ClientError
print(boto3.client("sts").get_caller_identity()["Arn"])
print(len(boto3.client("iam").list_roles()["Roles"]))
try:
    boto3.client("s3").list_buckets()
except ClientError as error:
    print(error.response["Error"]["Code"])
"""


@dataclass(frozen=True)
class Lesson:
    """A local AWS, with a role that may list roles, write logs and nothing else."""

    aws: InProcess
    home: Path
    role: str

    def start(self, name: str, **scripts: str) -> dict[str, Any]:
        """Create an instance with lifecycle scripts, by hook; return its description once it has settled."""
        sagemaker = self.aws.client("sagemaker")
        hooks = {hook: [{"Content": encoded(script)}] for hook, script in scripts.items()}
        sagemaker.create_notebook_instance_lifecycle_config(NotebookInstanceLifecycleConfigName=name, **hooks)
        sagemaker.create_notebook_instance(
            NotebookInstanceName=name,
            InstanceType="ml.t3.medium",
            RoleArn=self.role,
            LifecycleConfigName=name,
        )
        return self.settled(name)

    def again(self, name: str) -> dict[str, Any]:
        """Stop an instance and start it."""
        self.stop(name)
        self.aws.client("sagemaker").start_notebook_instance(NotebookInstanceName=name)
        return self.settled(name)

    def stop(self, name: str) -> None:
        """Stop an instance."""
        self.aws.client("sagemaker").stop_notebook_instance(NotebookInstanceName=name)
        assert self.settled(name)["NotebookInstanceStatus"] == "Stopped"

    def settled(self, name: str) -> dict[str, Any]:
        """Return an instance's description once it has stopped changing."""
        found: dict[str, Any] = {}

        def is_settled() -> bool:
            answer = self.aws.client("sagemaker").describe_notebook_instance(NotebookInstanceName=name)
            found.update(answer)
            return not found["NotebookInstanceStatus"].endswith("ing")

        until(is_settled, f"{name} settles", 90)
        return found

    def log(self, name: str, stream: str) -> list[str]:
        """Return the lines of one of an instance's log streams."""
        events = self.aws.client("logs").get_log_events(
            logGroupName=LOG_GROUP, logStreamName=f"{name}/{stream}", startFromHead=True
        )
        return [event["message"] for event in events["events"]]

    def root(self, name: str) -> Path:
        """Return where an instance's directories are on this machine."""
        return self.home / "instances" / "us-east-1" / name


def encoded(script: str) -> str:
    """Return a script as the API takes it."""
    return base64.b64encode(f"#!/bin/bash\n{script}\n".encode()).decode()


@contextmanager
def lesson(home: Path) -> Iterator[Lesson]:
    """Serve a local AWS in which notebook instances may be made."""
    with served(home) as aws:
        iam = aws.client("iam")
        trusted = trust({"Service": "sagemaker.amazonaws.com"})
        role = iam.create_role(RoleName="teacher", AssumeRolePolicyDocument=trusted)["Role"]["Arn"]
        own = document(allow(["iam:ListRoles", "logs:*"]))
        iam.put_role_policy(RoleName="teacher", PolicyName="own", PolicyDocument=own)
        yield Lesson(aws, home, role)


def processes_of(root: Path) -> list[str]:
    """Return what still runs for an instance: whose command or working directory is its own."""
    found = []
    for process in psutil.process_iter(["cmdline", "environ"]):
        about = " ".join(process.info["cmdline"] or []) + str((process.info["environ"] or {}).get("PATH", ""))
        if str(root) in about:
            found.append(about)
    return found
