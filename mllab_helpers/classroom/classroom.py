"""A teacher's class: buckets and roles for everybody, who is where, and the end.

Which students there are is asked of AWS, where each has a role `mllab-<student>-learner`; so every machine of
the teacher's knows the class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mllab_helpers import policies, progress, storage
from mllab_helpers.aws_errors import translate
from mllab_helpers.classroom.errors import ClassUnfinished
from mllab_helpers.cleanup import cleanup, resources, started_jobs
from mllab_helpers.deployment.idle import is_idle_alarm
from mllab_helpers.errors import LabError
from mllab_helpers.identity import roles
from mllab_helpers.lab.resource_kinds import Resource
from mllab_helpers.texts import say
from mllab_helpers.training.logs import TRAINING_GROUP

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

_LEARNER = re.compile(r"mllab-([a-z0-9]{1,12})-learner")
# How many students are looked at at a time: AWS answers each call in a tenth of a second.
_AT_A_TIME = 8
# What shows that a notebook was reached, the last one first.
_MARKS = (
    ("05", {"alarm", "dashboard", "monitoring-schedule", "pipeline", "model-package-group", "tuning-job"}),
    ("04", {"api", "function", "usage-plan", "api-key"}),
    ("03", {"endpoint", "endpoint-config", "model"}),
    ("02", {"training-job", "notebook-instance"}),
)


@dataclass(frozen=True)
class Prepared:
    """What a student needs to begin.

    Attributes: is_new: whether something was made for them just now.
    """

    student: str
    bucket: str
    role_arn: str
    is_new: bool = False


@dataclass(frozen=True)
class Standing:
    """Where a student is, by what exists of theirs.

    Attributes:
        reached: the last notebook that left something, `01` to `05`; empty when it is all to be done.
        running: what is billed by the hour, with its state.
        usd_per_hour: of all that runs; None when a price is not known.
        problem: why nothing could be seen of them; empty when all went well.
    """

    student: str
    reached: str = ""
    running: tuple[Resource, ...] = ()
    usd_per_hour: float | None = 0.0
    problem: str = ""


def create(lab: Lab, students: Sequence[str]) -> list[Prepared]:
    """Make bucket and roles for each student, or find them again and renew what the roles may do.

    Args: lab: opened by a teacher, whosever's.
    Raises: ClassUnfinished: it went wrong in the middle; says who is ready.
    """
    ready: list[Prepared] = []
    with progress.show(say("classroom.preparing"), total=len(students)) as shown:
        for student in students:
            shown.tell(student)
            try:
                # Roles are waited for once, and nobody else comes within that minute.
                prepared = _prepare(lab.of_student(student), wait=student == students[-1])
            except LabError as error:
                names = ", ".join(each.student for each in ready) or say("classroom.nobody")
                raise ClassUnfinished(ready=names, student=student, reason=error) from error
            ready.append(prepared)
            state = say("classroom.new") if prepared.is_new else say("classroom.renewed")
            shown.write(say("classroom.ready", student=student, state=state))
            shown.advance(1)
    return ready


@translate()
def find(lab: Lab) -> list[Prepared]:
    """Return the students that the account has a learner's role for, by name."""
    found = []
    for page in lab.as_teacher().client("iam").get_paginator("list_roles").paginate():
        for role in page["Roles"]:
            if name := _LEARNER.fullmatch(role["RoleName"]):
                found.append(Prepared(name[1], lab.of_student(name[1]).bucket, role["Arn"]))
    return sorted(found, key=lambda each: each.student)


def status(lab: Lab, students: Sequence[str]) -> list[Standing]:
    """Look at what each student has, in their own role; one who cannot be seen does not hide the others."""
    with (
        progress.show(say("classroom.looking"), total=len(students)) as shown,
        ThreadPoolExecutor(max_workers=_AT_A_TIME) as looking,
    ):
        standings = []
        for standing in looking.map(lambda student: _look(lab.of_student(student)), students):
            standings.append(standing)
            shown.advance(1)
    return standings


def clean(lab: Lab, students: Sequence[str]) -> Iterator[tuple[str, LabError | None]]:
    """Remove everything of these students, one after the other; yield each with what stood in the way."""
    for student in students:
        try:
            own = lab.of_student(student)
            cleanup.sweep(own)
            cleanup.receipt(own)
        except LabError as error:
            yield student, error
        else:
            yield student, None


def _prepare(lab: Lab, *, wait: bool) -> Prepared:
    with translate():
        is_new = not (
            storage.bucket_exists(lab) and all(roles.role_exists(lab, role) for role in roles.ROLES)
        )
    bucket = storage.ensure_bucket(lab)
    arns = roles.ensure_roles(lab, wait=wait)
    return Prepared(lab.student, bucket, arns[policies.LEARNER], is_new)


def _look(lab: Lab) -> Standing:
    try:
        with translate():
            own = roles.in_learners_role(lab)
            found = resources.find_all(own)
            started = list(started_jobs.running(own))
            has_data = _has_data(own, found)
    except LabError as error:
        return Standing(lab.student, problem=str(error))
    once = {(each.kind, each.name): each for each in (*found, *started)}  # tags lead to some of them, too
    running = tuple(each for each in once.values() if each.usd_per_hour != 0)
    prices = [each.usd_per_hour for each in running]
    total = None if None in prices else sum(price for price in prices if price is not None)
    return Standing(lab.student, _reached(found, has_data), running, total)


def _reached(found: Sequence[Resource], has_data: bool) -> str:
    # The alarm that comes with an endpoint is notebook 03's, the others are 05's.
    kinds = {each.kind for each in found if not (each.kind == "alarm" and is_idle_alarm(each.name))}
    for notebook, marks in _MARKS:
        if kinds & marks:
            return notebook
    if any(each.name.startswith(f"{TRAINING_GROUP}:") for each in found if each.kind == "log-stream"):
        return "02"
    return "01" if has_data else ""


def _has_data(lab: Lab, found: Sequence[Resource]) -> bool:
    if not any(each.kind == "bucket" for each in found):
        return False
    return bool(lab.client("s3").list_objects_v2(Bucket=lab.bucket, MaxKeys=1).get("KeyCount"))
