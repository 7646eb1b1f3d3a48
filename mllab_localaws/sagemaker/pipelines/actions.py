"""The operations that steps are: what starts one, describes it and stops it (contract E.2)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Action:
    """What a step type does.

    Attributes:
        resource: what the step makes, as its Metadata spells it.
        create: the operation whose request the step's Arguments are.
        name: member of that request that names the resource; the pipeline chooses it. None where AWS does.
        arn: member of the reply.
        describe: the operation whose reply the step's properties are.
        described_by: member of its request.
        status: member of that reply that says whether the resource is finished; None when it is at once.
        stop: the operation that ends it early.
        not_taken: members of the request that a step must not have.
    """

    resource: str
    create: str
    name: str | None
    arn: str
    describe: str
    described_by: str
    status: str | None = None
    stop: str | None = None
    not_taken: tuple[str, ...] = ()


def _job(kind: str) -> Action:
    return Action(
        resource=f"{kind}Job",
        create=f"Create{kind}Job",
        name=f"{kind}JobName",
        arn=f"{kind}JobArn",
        describe=f"Describe{kind}Job",
        described_by=f"{kind}JobName",
        status=f"{kind}JobStatus",
        stop=f"Stop{kind}Job",
    )


ACTIONS = {
    "Training": _job("Training"),
    "Processing": _job("Processing"),
    "Model": Action("Model", "CreateModel", "ModelName", "ModelArn", "DescribeModel", "ModelName"),
    "RegisterModel": Action(
        resource="RegisterModel",
        create="CreateModelPackage",
        name=None,
        arn="ModelPackageArn",
        describe="DescribeModelPackage",
        described_by="ModelPackageName",
        not_taken=("ModelPackageName", "CertifyForMarketplace", "ClientToken"),
    ),
}
CONDITION, FAIL = "Condition", "Fail"
ELSEWHERE = (
    "Tuning",
    "Transform",
    "Lambda",
    "Callback",
    "QualityCheck",
    "ClarifyCheck",
    "EMR",
    "EMRServerless",
    "AutoML",
    "NotebookJob",
    "Cleanup",
)
