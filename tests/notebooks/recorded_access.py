"""What a run of the notebooks was allowed and refused, held against the policies that the lab ships."""

from __future__ import annotations

from pathlib import Path

from mllab_helpers import policies
from mllab_helpers.identity import roles
from mllab_localaws.access import record
from mllab_localaws.access.evaluation import Policies, Policy, Question, as_list, evaluate
from mllab_localaws.access.principals import Principal
from mllab_localaws.files import ACCESS_FILE

ACCOUNT, REGION = "123456789012", "us-east-1"
# Refused on purpose, so that a learner meets the message.
REFUSED_ON_PURPOSE = {"iam:CreateRole"}
_PREPARED = "01 by a learner for whom a teacher prepared: test_school_accounts"
# What a run without accidents, on a machine without images and VPCs, has no use for.
FOR_ACCIDENTS = {
    policies.LEARNER: {
        "iam:GetPolicy": _PREPARED,
        "iam:GetPolicyVersion": _PREPARED,
        "iam:ListAttachedRolePolicies": _PREPARED,
        "s3:GetBucketPublicAccessBlock": _PREPARED,
        "s3:GetBucketVersioning": _PREPARED,
        "s3:GetEncryptionConfiguration": _PREPARED,
        "lambda:UpdateFunctionCode": "the handler has changed since",
        "lambda:UpdateFunctionConfiguration": "the handler has changed since",
        "sagemaker:ListTags": "mllab clean --expired",
        "sagemaker:CreatePresignedNotebookInstanceUrl": "by hand, to open the instance's JupyterLab",
        "sagemaker:StartNotebookInstance": "notebook 02 a second time",
        "sagemaker:UpdateNotebookInstanceLifecycleConfig": "notebook 02 a second time",
        "sagemaker:StartPipelineExecution": "by hand, after a step has failed",
        "sagemaker:StopHyperParameterTuningJob": "clean-up in the middle of a search",
        "sagemaker:StopPipelineExecution": "clean-up in the middle of a pipeline",
        "sagemaker:StopProcessingJob": "clean-up in the middle of a job",
        "sagemaker:StopTrainingJob": "clean-up in the middle of a job",
        "sagemaker:UpdatePipeline": "notebook 05 a second time",
    },
    policies.TEACHER: {
        "iam:ListRoles": "`mllab class`, which no notebook calls",
        "s3:AbortMultipartUpload": "an upload was cut off",
        "servicequotas:ListServiceQuotas": "mllab doctor before anything is prepared",
    },
    policies.EXECUTION: {
        "sagemaker:StopProcessingJob": "a pipeline stopped in the middle of a step",
        "sagemaker:StopTrainingJob": "a pipeline stopped in the middle of a step",
    },
    policies.ROLL_OUT: {
        "sagemaker:DescribeModelPackage": "AWS may read the version in the name of who makes a model of it",
    },
    policies.SCHEDULER: {"sagemaker:DeleteEndpoint": "the endpoint was forgotten, hours after the run"},
}


def complaints(home: Path, student: str) -> list[str]:
    """Say what was refused though the lab needs it, and what is allowed though nobody used it.

    Args: home: data directory of the local AWS; student: whose notebooks ran.
    """
    entries = record.read(home / ACCESS_FILE)
    names = {f"mllab-{student}-{role.thing}": role.actor for role in roles.ROLES}
    names["mllab-teacher"] = policies.TEACHER
    asked: dict[str, list[record.Entry]] = {actor: [] for actor in policies.ACTORS}
    for entry in entries:
        actor = names.get(entry.principal.rpartition("/")[2])
        if actor is not None:
            asked[actor].append(entry)
    refused = {
        f"{actor} was refused {entry.action} on {entry.resource}"
        for actor, made in asked.items()
        for entry in made
        if entry.decision != "allowed" and entry.action not in REFUSED_ON_PURPOSE
    }
    unused = {
        f"{actor} never used {action} of {statement['Sid']}"
        for actor, made in asked.items()
        for statement in _document(actor, student)["Statement"]
        for action in as_list(statement["Action"])
        if action not in FOR_ACCIDENTS.get(actor, {}) and not _used(statement, action, made)
    }
    return sorted(refused | unused)


def _document(actor: str, student: str) -> policies.PolicyDocument:
    whose = "*" if actor == policies.TEACHER else student
    return policies.policy(actor, account=ACCOUNT, region=REGION, student=whose)


def _used(statement: policies.PolicyDocument, action: str, made: list[record.Entry]) -> bool:
    # Conditions were decided when the call was made; here it counts which action met which resource.
    alone = {name: statement[name] for name in ("Effect", "Resource")} | {"Action": action}
    document = {"Version": "2012-10-17", "Statement": [alone]}
    return any(
        evaluate(
            Question(Principal(), entry.action, entry.resource), Policies(identity=[Policy(document)])
        ).allowed
        for entry in made
    )
