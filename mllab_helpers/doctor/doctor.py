"""`mllab doctor`, and the first cell of each notebook: is there what the work takes?

Nothing is changed, and nothing is started.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from mllab_helpers import texts
from mllab_helpers.aws_errors import translate
from mllab_helpers.doctor import account, machine, permissions, quotas
from mllab_helpers.doctor.findings import STOP, WARNING, Finding
from mllab_helpers.errors import LabError
from mllab_helpers.identity.errors import NotReady
from mllab_helpers.lab import connection
from mllab_helpers.lab.lab import DEFAULT_STUDENT, Lab
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from collections.abc import Mapping

NOTEBOOKS = ("01", "02", "03", "04", "05", "06")
DEFAULT_INSTANCE_TYPE = "ml.m5.large"


@translate()
def check(lab: Lab, notebook: str, *, instance_type: str = DEFAULT_INSTANCE_TYPE, parts: str = "abc") -> str:
    """Check, in the first cell of a notebook, that it can be run to its end; nothing is created.

    Args: notebook: its two digits; parts: of notebook 05.
    Returns: one line when all is well, otherwise the warnings.
    Raises: NotReady: with everything that has to be put right first, and how.
    """
    findings = [
        machine.check_disk(),
        account.check_identity(lab),
        account.check_clock(lab),
        *account.check_trust(lab),
        *quotas.check_quotas(lab, [notebook], instance_type=instance_type, parts=parts),
        *permissions.check_permissions(lab, [notebook], quiet=True),
    ]
    stops = [finding for finding in findings if finding.level == STOP]
    if stops:
        raise NotReady(notebook=notebook, findings="\n".join(map(str, stops)))
    warnings = [str(finding) for finding in findings if finding.level == WARNING]
    return "\n".join(warnings) or say("doctor.ready", notebook=notebook)


def run_doctor(
    backend: str,
    region: str | None,
    language: str | None,
    *,
    student: str | None = None,
    notebooks: Iterable[str] = NOTEBOOKS,
    parameters: Mapping[str, str] | None = None,
) -> int:
    """Do what `mllab doctor` does; the exit code is 0 unless something stops the lab.

    Args: parameters: of the notebooks; `instance_type` and `parts` count here.
    """
    if language:
        texts.use(language)
    typed = parameters or {}
    findings = examine(
        connection.choose_backend(backend),
        region,
        student=student or DEFAULT_STUDENT,
        notebooks=list(notebooks),
        instance_type=typed.get("instance_type", DEFAULT_INSTANCE_TYPE),
        parts=typed.get("parts", "abc"),
    )
    for finding in findings:
        print(finding)
    stopped = any(finding.level == STOP for finding in findings)
    print(say("doctor.cannot_work") if stopped else say("doctor.can_work"))
    return int(stopped)


def examine(
    backend: str,
    region: str | None,
    *,
    student: str = DEFAULT_STUDENT,
    notebooks: Iterable[str] = NOTEBOOKS,
    instance_type: str = DEFAULT_INSTANCE_TYPE,
    parts: str = "abc",
) -> list[Finding]:
    """Run the checks that matter for a backend, `local` or `aws`.

    A local AWS that does not run is not started, and nothing is asked of it.
    """
    findings = [
        machine.check_python(),
        machine.check_packages(),
        machine.check_disk(),
        machine.check_memory(),
    ]
    if backend == "local":
        findings += [machine.check_sandbox(), machine.check_local_aws()]
        if not machine.local_aws_runs():
            return findings
    try:
        lab = Lab.open(backend=backend, student=student, region=region)
        with translate():
            return [
                *findings,
                account.check_identity(lab),
                account.check_region(lab),
                account.check_clock(lab),
                *account.check_trust(lab),
                *quotas.check_quotas(lab, notebooks, instance_type=instance_type, parts=parts),
                *permissions.check_permissions(lab, notebooks),
            ]
    except LabError as error:
        return [*findings, Finding(STOP, say("doctor.no_answer"), str(error))]
