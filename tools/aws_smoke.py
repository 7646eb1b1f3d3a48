"""Run the whole lab on real AWS, under the policies that it ships and within a budget, and note how it went.

    make aws-smoke OPTIONS="--budget 2"              needs credentials of somebody who may make roles
    make aws-smoke OPTIONS="--rehearse"              the same against a local AWS of its own, without evidence

It makes the role `mllab-teacher`, runs everything as that teacher and as the learner whom notebook 01
prepares, and stops when what it built and runs reaches the budget, at list prices. Whatever happens, it
cleans up, asks AWS whether anything is left, and removes the teacher. What it found goes into
docs/aws_runs.json, from where `tools/make_docs.py` takes it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from build_editions import PROJECT
from lent_credentials import lent_role

from mllab_helpers.aws_errors import is_denial
from mllab_helpers.cleanup import cleanup
from mllab_helpers.costs import costs
from mllab_helpers.doctor.doctor import STOP, examine
from mllab_helpers.errors import LabError
from mllab_helpers.identity import roles
from mllab_helpers.lab import teacher
from mllab_helpers.lab.lab import Lab
from mllab_helpers.names import check_student
from mllab_helpers.runner import local_aws
from mllab_helpers.runner.editions import find_editions
from mllab_helpers.runner.run import INTERRUPTED, Request, run_notebooks

EVIDENCE = PROJECT / "docs" / "aws_runs.json"
PASSED, FAILED, OVER_BUDGET, INTERRUPTED_BY_HAND = "passed", "failed", "over budget", "interrupted"
_RESULTS = {0: PASSED, INTERRUPTED: INTERRUPTED_BY_HAND}
_FAILURES = 3  # to look at the cost, in a row
_ROLE_ATTEMPTS = 12
_HASH_LENGTH = 12


@dataclass(frozen=True)
class Evidence:
    """How one notebook went on AWS.

    Attributes:
        date: UTC, `2027-03-04`.
        account: the beginning of the SHA-256 of the account's number, which itself is nobody's business.
        result: `passed`, `failed`, `over budget` or `interrupted`.
    """

    notebook: str
    date: str
    account: str
    region: str
    result: str


def main() -> int:
    """Run the command line; the exit code is 0 when every notebook passed and nothing is left."""
    chosen = _parser().parse_args()
    try:
        check_student(chosen.student)
        with _place(chosen.rehearse, chosen.region) as backend:
            return smoke(backend, chosen)
    except (LabError, ClientError, BotoCoreError) as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Interrupted. What is left, if anything: mllab clean --backend aws", file=sys.stderr)
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--budget", type=float, default=2.0, metavar="USD", help="stop there; 2 by default")
    parser.add_argument("--student", default="smoke", help="name that all resources carry")
    parser.add_argument("--region", default="us-east-1")
    parser.add_argument("--language", choices=("es", "en"), default="en", help="edition to run")
    parser.add_argument("--only", default="", metavar="01,02", help="these notebooks; all by default")
    parser.add_argument("--rehearse", action="store_true", help="use a local AWS, and write no evidence")
    return parser


# --- where it runs, and as whom


@contextmanager
def _place(rehearse: bool, region: str) -> Iterator[str]:
    """Point this process and its children at AWS as the teacher, or at a local AWS; yield the backend."""
    if rehearse:
        home = local_aws.create_home()
        try:
            with _environment({"MLLAB_LOCAL_HOME": str(home)}):
                yield "local"
        finally:
            local_aws.close(home)
        return
    administrator = boto3.Session(region_name=region)
    is_somebody_elses = teacher.is_there(administrator)
    arn = teacher.ensure_teacher(administrator)
    try:
        _wait_until_assumable(administrator, arn)
        with lent_role(administrator, arn, "smoke") as lent, _environment(lent):
            yield "aws"
    finally:
        if not is_somebody_elses:
            teacher.remove_teacher(administrator)


def _wait_until_assumable(administrator: boto3.Session, arn: str) -> None:
    """A new role can be refused for some seconds: IAM is eventually consistent (IAM User Guide)."""
    sts, pause = administrator.client("sts"), threading.Event()
    for attempt in range(1, _ROLE_ATTEMPTS + 1):
        try:
            given = sts.assume_role(RoleArn=arn, RoleSessionName="smoke")["Credentials"]
            keys = (given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
            # A role is known before its policy is.
            boto3.Session(*keys, region_name=administrator.region_name).client("iam").list_roles(MaxItems=1)
        except ClientError as error:
            if not is_denial(error) or attempt == _ROLE_ATTEMPTS:
                raise
            pause.wait(5.0)
        else:
            return


@contextmanager
def _environment(values: Mapping[str, str | None]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    _set(values)
    try:
        yield
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


# --- the run


def smoke(backend: str, chosen: argparse.Namespace) -> int:
    """Check, run, clean up, and note; return the exit code."""
    stops = [
        finding
        for finding in examine(backend, chosen.region, student=chosen.student)
        if finding.level == STOP
    ]
    if stops:
        print(*stops, sep="\n", file=sys.stderr)
        return 1
    lab = Lab.open(backend=backend, student=chosen.student, region=chosen.region, language=chosen.language)
    found = cleanup.inventory(lab)
    if len(found):
        print(f"{len(found)} things of {chosen.student} exist already. Remove them first:", file=sys.stderr)
        print(f"    mllab clean --backend {backend} --student {chosen.student}", file=sys.stderr)
        return 1
    results: dict[str, str] = {}
    try:
        _run_within_budget(lab, chosen, results)
    finally:
        try:
            cleanup.sweep(lab)
            print(cleanup.receipt(lab))
        finally:  # what was proved is proved although something is left
            print(*(f"{number}  {result}" for number, result in results.items()), sep="\n")
            if not chosen.rehearse:
                note(evidence(lab, results))
    return int(any(result != PASSED for result in results.values()))


def _run_within_budget(lab: Lab, chosen: argparse.Namespace, results: dict[str, str]) -> None:
    """Run one notebook after the other until one does not pass."""
    folder = PROJECT / "notebooks" / chosen.language
    output = PROJECT / "runs" / datetime.now().strftime("smoke_%Y-%m-%d_%H-%M-%S")
    only = chosen.only.replace(" ", "").split(",") if chosen.only else []
    numbers = [edition.number for edition in find_editions(folder) if not only or edition.number in only]
    watch = Watch(lambda: costs.now(roles.in_learners_role(lab)).usd, chosen.budget)
    try:
        with watch:
            _run_in_order(numbers, lab, folder, output, results)
    except KeyboardInterrupt:
        if not watch.is_over:
            raise
    if watch.is_over:
        begun = numbers[: len(results) + 1]
        results |= {number: OVER_BUDGET for number in begun if results.get(number) != PASSED}


def _run_in_order(
    numbers: Sequence[str], lab: Lab, folder: Path, output: Path, results: dict[str, str]
) -> None:
    for number in numbers:
        request = Request(
            backend=lab.backend,
            folder=folder,
            output=output / number,
            only=(number,),
            parameters={"student": lab.student, "region": lab.region},
            shared=True,
        )
        results[number] = _RESULTS.get(run_notebooks(request), FAILED)
        if results[number] != PASSED:
            return


# --- what is written down


def evidence(lab: Lab, results: Mapping[str, str]) -> list[Evidence]:
    """Return what a run proves, one entry per notebook that was begun."""
    today = datetime.now(timezone.utc).strftime("%Y-%m-%d")
    account = hashlib.sha256(lab.account.encode()).hexdigest()[:_HASH_LENGTH]
    return [Evidence(number, today, account, lab.region, result) for number, result in results.items()]


def note(found: list[Evidence], path: Path = EVIDENCE) -> None:
    """Add to the record of runs on AWS."""
    known = json.loads(path.read_text(encoding="utf-8"))
    known += [asdict(each) for each in found]
    path.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    print(f"{path.name} holds the evidence; `make docs` brings it into the READMEs.")


# --- the budget


class Watch:
    """Looks at the cost now and then, and interrupts the run as Ctrl-C would when it is too much.

    Args: spent: returns USD so far; budget: in USD; every: seconds from one look to the next.
    """

    def __init__(self, spent: Callable[[], float], budget: float, every: float = 30.0) -> None:
        self._spent, self._budget, self._every = spent, budget, every
        self._failures = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="budget", daemon=True)
        self.is_over = False

    def __enter__(self) -> Watch:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def _look(self) -> None:
        while not self.is_over:
            self.is_over = self._is_too_much()
            if self.is_over and not self._ended.is_set():
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            elif self._ended.wait(self._every):
                return

    def _is_too_much(self) -> bool:
        try:
            spent = self._spent()
        except Exception as error:
            # Whatever it is: better a run that ends too early than a bill that nobody expected. But once is
            # nothing: while notebook 01 makes the roles, whoever looks may be refused.
            print(f"What it costs could not be found out: {error}", file=sys.stderr)
            self._failures += 1
            return self._failures > _FAILURES
        self._failures = 0
        if spent < self._budget:
            return False
        print(f"{spent:.2f} USD so far; the budget is {self._budget:.2f} USD.", file=sys.stderr)
        return True


if __name__ == "__main__":
    sys.exit(main())
