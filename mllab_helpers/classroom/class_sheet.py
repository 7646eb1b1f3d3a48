"""What a teacher hands out: for each student the bucket, the role, and how to get in. It holds no secret."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from mllab_helpers.classroom.classroom import Prepared
from mllab_helpers.classroom.errors import SheetInTheWay
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

_MARK = "<!-- mllab class -->"
_COLUMNS = ("student", "bucket", "role_arn", "console")


def check(path: Path) -> None:
    """Make sure that a sheet can be written there, before anything is made.

    Raises: SheetInTheWay: there is a file of somebody else's, or no such directory.
    """
    try:
        known = path.read_text(encoding="utf-8").startswith((_MARK, ",".join(_COLUMNS)))
    except FileNotFoundError:
        known = path.absolute().parent.is_dir()
    except (OSError, UnicodeDecodeError):
        known = False
    if not known:
        raise SheetInTheWay(path=path)


def write(path: Path, lab: Lab, students: Sequence[Prepared]) -> None:
    """Write the sheet: a table in a `.csv`, else a section per student to be cut out.

    Raises: SheetInTheWay.
    """
    check(path)
    text = _table(lab, students) if path.suffix.lower() == ".csv" else _sections(lab, students)
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise SheetInTheWay(path=path) from error


def console_link(lab: Lab, student: Prepared) -> str:
    """Return the address where the console switches to a student's role; none on the local AWS.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-console.html
    """
    if lab.backend == "local":
        return ""
    role = student.role_arn.rpartition("/")[2]
    asked = {"account": lab.account, "roleName": role, "displayName": f"mllab-{student.student}"}
    return f"https://signin.aws.amazon.com/switchrole?{urlencode(asked)}"


def _table(lab: Lab, students: Sequence[Prepared]) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(_COLUMNS)
    rows.writerows((each.student, each.bucket, each.role_arn, console_link(lab, each)) for each in students)
    return text.getvalue()


def _sections(lab: Lab, students: Sequence[Prepared]) -> str:
    head = say("classroom.sheet_head", count=len(students), account=lab.account, region=lab.region)
    return "\n".join([_MARK, head, *(_section(lab, each) for each in students)]) + "\n"


def _section(lab: Lab, student: Prepared) -> str:
    facts = {"student": student.student, "bucket": student.bucket, "role_arn": student.role_arn}
    if lab.backend == "local":
        return say("classroom.sheet_local", **facts)
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": student.role_arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    return say(
        "classroom.sheet_aws", **facts, region=lab.region, link=console_link(lab, student), policy=policy
    )
