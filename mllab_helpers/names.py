"""What things may be called, on AWS and in this lab."""

from __future__ import annotations

import re
import unicodedata

from mllab_helpers.errors import WrongResourceName, WrongStudentName

# Shorter than any limit of AWS: a tuning job's name holds 32 characters, and the student's is only one part.
STUDENT_LENGTH = 12
# SageMaker API reference: jobs, endpoints and endpoint configurations.
RESOURCE_LENGTH = 63
# The only production variant of each of the lab's endpoints.
VARIANT = "AllTraffic"
_RESOURCE = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9])*")


def check_student(student: str) -> str:
    """Return a student name that is good as part of every name on AWS.

    Hyphens are refused although AWS allows them: they separate the parts of a name, and with them the
    resources of `ana` could not be told from those of `ana-maria` when they are swept.

    Raises: WrongStudentName: with a valid name as close as possible.
    """
    valid = suggest_student(student)
    if student != valid:
        raise WrongStudentName(student=student, limit=STUDENT_LENGTH, suggestion=valid)
    return student


def suggest_student(student: str) -> str:
    """Return the nearest valid student name: `María_José` becomes `mariajose`."""
    without_accents = unicodedata.normalize("NFKD", student).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]", "", without_accents.lower())[:STUDENT_LENGTH] or "ana"


def resource_prefix(student: str) -> str:
    """Return what the names of all of a student's resources begin with."""
    return f"mllab-{student}-"


def resource_name(student: str, thing: str) -> str:
    """Return the name of a student's resource, `mllab-<student>-<thing>`.

    Raises: WrongResourceName: SageMaker would refuse it.
    """
    return check_resource_name(student, resource_prefix(student) + thing)


def check_resource_name(student: str, name: str) -> str:
    """Return a resource's name when SageMaker accepts it and clean-up will find it.

    Raises: WrongResourceName.
    """
    prefix = resource_prefix(student)
    if not name.startswith(prefix) or len(name) > RESOURCE_LENGTH or not _RESOURCE.fullmatch(name):
        raise WrongResourceName(name=name, prefix=prefix, limit=RESOURCE_LENGTH)
    return name


def folder_name(account: str, region: str, student: str) -> str:
    """Return the name of the directory with what a machine knows about a student's lab."""
    return f"{account}-{region}-{student}"


def bucket_name(account: str, region: str, student: str) -> str:
    """Return the name of a student's bucket; bucket names are shared by all accounts of the world."""
    return f"mllab-{account}-{region}-{student}"
