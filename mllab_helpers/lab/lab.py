"""`Lab`: which AWS, whose names, what was created (the ledger) and what was finished (the state)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mllab_helpers import names, texts
from mllab_helpers.aws_errors import translate
from mllab_helpers.errors import UnknownLanguage
from mllab_helpers.lab import connection, ledger, state
from mllab_helpers.lab.assumed import ONE_AT_A_TIME
from mllab_helpers.lab.clock import Clock
from mllab_helpers.lab.explained import explain_in_notebook
from mllab_helpers.lab.parameters import check_parameters
from mllab_helpers.texts import say, say_os_error

if TYPE_CHECKING:
    import boto3

DEFAULT_STUDENT = "ana"
# Whose lab a teacher opens: no student's, so that there is no role to put on.
_NOBODY = "0"
LAB_TAG = "house-prices"
LEDGER_FILE = "ledger.jsonl"
_SHORTEST_ALARM_PERIOD = 10  # CloudWatch API reference, PutMetricAlarm


@dataclass(frozen=True, repr=False)
class Lab:
    """An open lab: the first argument of every helper.

    Attributes:
        backend: `local` or `aws`. Nothing but the lab itself may care.
        account: of AWS, 12 digits.
        session: of boto3, with the lab's credentials and region.
        incarnation: which life of the local AWS this is; empty on AWS.
        folder: where this student's ledger, state and downloads are kept.
        pause: seconds between two looks at something that takes time.
        metric_period: seconds: the finest at which CloudWatch keeps what AWS's services tell it.
        opened: when, in seconds since the epoch.
        caller: the ARN of whoever opened the lab.
    """

    backend: str
    student: str
    account: str
    region: str
    session: boto3.Session
    endpoint_url: str | None
    incarnation: str
    folder: Path
    pause: float
    clock: Clock = field(default_factory=Clock)
    metric_period: int = 60
    opened: float = 0.0
    caller: str = ""
    _opened_by: boto3.Session | None = None
    _clients: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def open(
        cls,
        *,
        backend: str = "auto",
        student: str = DEFAULT_STUDENT,
        region: str | None = None,
        language: str | None = None,
    ) -> Lab:
        """Open the lab: check what was asked for, find the AWS and its caller, before anything is created.

        Args:
            backend: `local`, `aws` or `auto` (AWS inside SageMaker, local elsewhere).
            student: the name that all resources will carry.
            region: of AWS; None or "" for the environment's.
            language: `es` or `en`; None or "" for the one in use.
        Raises: UnknownBackend, UnknownLanguage, UnknownRegion, WrongStudentName, WrongParameter,
            NoCredentials, ExpiredCredentials, WrongCredentials, NoConnection, LocalAwsFailed.
        """
        _use_language(language)
        explain_in_notebook()
        check_parameters()
        names.check_student(student)
        chosen = connection.choose_backend(backend)
        with translate():
            place = connection.connect(chosen, region or None)
            caller = _find_caller(place)
        account = caller["Account"]
        lab = cls(
            backend=chosen,
            student=student,
            account=account,
            region=place.session.region_name,
            session=place.session,
            endpoint_url=place.endpoint_url,
            incarnation=place.incarnation,
            folder=place.notes / names.folder_name(account, place.session.region_name, student),
            pause=place.pause,
            metric_period=place.metric_period,
            opened=Clock().now(),
            caller=caller["Arn"],
        )
        if not lab.is_prepared:
            return lab
        from mllab_helpers.identity.roles import learner_unless_swept

        return learner_unless_swept(lab)

    @classmethod
    def open_as_teacher(
        cls, *, backend: str = "auto", region: str | None = None, language: str | None = None
    ) -> Lab:
        """Open the lab for a whole class: nobody's in particular, and under the identity that is found.

        Args and Raises as for `open`; `of_student` returns each student's.
        """
        return cls.open(backend=backend, student=_NOBODY, region=region, language=language).as_teacher()

    def __repr__(self) -> str:
        return say(f"lab.open_{self.backend}", student=self.student, region=self.region, account=self.account)

    def client(self, service: str) -> Any:
        """Return boto3's client of a service, e.g. `s3`; made once."""
        with ONE_AT_A_TIME:
            if service not in self._clients:
                self._clients[service] = self.session.client(service, endpoint_url=self.endpoint_url)
        return self._clients[service]

    def api_url(self, api: str, stage: str, path: str) -> str:
        """Return where a deployed API answers: each has a host of its own on AWS, and a path locally.

        Args: api: its id; path: of the resource, e.g. `predict`.
        """
        where = f"{stage}/{path.lstrip('/')}"
        if self.endpoint_url is None:
            return f"https://{api}.execute-api.{self.region}.amazonaws.com/{where}"
        return f"{self.endpoint_url}/_execute-api/{api}/{where}"

    # --- who is asking

    @translate()
    def as_learner(self) -> Lab:
        """Return this lab in the learner's role, which notebook 01 prepared: it may do what the lab needs.

        Where no such role could be made, or it is on already, whoever opened the lab is the learner.
        Raises: OutOfOrder, LocalAwsForgot; Denied: whoever opened the lab may not assume the role.
        """
        role = self.recall("roles").get("learner")
        return self if role is None else self.in_role(role)

    @translate()
    def in_role(self, role: str) -> Lab:
        """Return this lab in a role, which the identity that opened it puts on unless it is on already.

        Args: role: its ARN.
        Raises: Denied.
        """
        from mllab_helpers.lab.assumed import session_in_role

        if self._wears(role):
            return self
        teacher = self._opened_by or self.session
        session = session_in_role(
            teacher,
            role,
            self.student,
            endpoint_url=self.endpoint_url,
            renewed=connection.use_credentials if self.backend == "local" else lambda _: None,
        )
        session.get_credentials().get_frozen_credentials()  # a refusal is to be heard now
        return replace(self, session=session, _opened_by=teacher, _clients={})

    def as_teacher(self) -> Lab:
        """Return this lab under the identity that opened it, which prepares roles and removes them."""
        if self._opened_by is None:
            return self
        return replace(self, session=self._opened_by, _opened_by=None, _clients={})

    def of_student(self, student: str) -> Lab:
        """Return another student's lab in the same account and region, under the identity that opened it.

        Raises: WrongStudentName.
        """
        names.check_student(student)
        folder = self.folder.with_name(names.folder_name(self.account, self.region, student))
        return replace(self.as_teacher(), student=student, folder=folder)

    @property
    def is_prepared(self) -> bool:
        """Whether notebook 01 prepared the lab's roles, and they have not been removed since."""
        return bool(state.known(self._state_path, self.incarnation, "roles"))

    def _wears(self, role: str) -> bool:
        return f":assumed-role/{role.rpartition('/')[2]}/" in self.caller

    # --- names

    @property
    def bucket(self) -> str:
        """The name of this student's bucket, whether or not it exists yet."""
        return self.given("bucket") or self.own_bucket

    def given(self, what: str) -> str:
        """Return what a school account gave (`given.use`) instead of the lab's own; empty when it did not.

        Args: what: `role_arn`, `lambda_role_arn` or `bucket`.
        """
        return str(state.known(self._state_path, self.incarnation, "given").get(what, ""))

    @property
    def own_bucket(self) -> str:
        """The name of the bucket that the lab makes when none is given."""
        return names.bucket_name(self.account, self.region, self.student)

    @property
    def role_arn(self) -> str:
        """The ARN of the execution role that notebook 01 prepared.

        Raises: OutOfOrder, LocalAwsForgot.
        """
        return str(self.recall("role")["arn"])

    @property
    def tags(self) -> list[dict[str, str]]:
        """What every resource is tagged with: whose it is, and of which lab."""
        return [{"Key": "mllab:student", "Value": self.student}, {"Key": "mllab:lab", "Value": LAB_TAG}]

    def name(self, thing: str) -> str:
        """Return the name of a resource, `mllab-<student>-<thing>`.

        Raises: WrongResourceName: SageMaker would refuse it.
        """
        return names.resource_name(self.student, thing)

    def unique_name(self, thing: str) -> str:
        """Return a name that has not been used: jobs keep theirs forever. The time (UTC) is appended."""
        now = datetime.fromtimestamp(self.clock.now(), timezone.utc)
        return self.name(f"{thing}-{now:%Y%m%d-%H%M%S}")

    @property
    def alarm_period(self) -> int:
        """The shortest period, in seconds, of an alarm on what AWS's services tell CloudWatch."""
        return max(_SHORTEST_ALARM_PERIOD, self.metric_period)

    # --- the ledger

    def note_creating(self, kind: str, name: str, instance_type: str = "") -> None:
        """Write into the ledger what is about to be created. Call it before the call to AWS.

        Args: kind: as `cleanup` names it, e.g. `endpoint`; instance_type: of what is billed by the hour.
        """
        self._note(ledger.CREATING, kind=kind, name=name, instance_type=instance_type)

    def note_deleted(self, kind: str, name: str, instance_type: str = "", seconds: float = 0.0) -> None:
        """Write into the ledger what is gone, and how long it had lived (seconds)."""
        self._note(ledger.DELETED, kind=kind, name=name, instance_type=instance_type, seconds=seconds)

    def note_expiry(self, kind: str, name: str, seconds: float) -> None:
        """Write into the ledger that something will delete itself, and in how many seconds."""
        self._note(ledger.EXPIRES, kind=kind, name=name, seconds=seconds)

    def note_swept(self) -> None:
        """Write into the ledger that nothing is left."""
        self._note(ledger.SWEPT)

    def ledger(self) -> list[ledger.Entry]:
        """Return what was created and deleted since the last complete sweep."""
        return ledger.current_chapter(ledger.read(self._ledger_path, self.incarnation))

    def _note(self, event: str, **facts: Any) -> None:
        entry = ledger.Entry(at=self.clock.now(), event=event, incarnation=self.incarnation, **facts)
        try:
            ledger.append(self._ledger_path, entry)
        except OSError as error:
            # Clean-up asks AWS: only the receipt will lack something.
            _say_unwritable(self._ledger_path, say_os_error(error))

    @property
    def _ledger_path(self) -> Path:
        return self.folder / LEDGER_FILE

    # --- the state

    def remember(self, topic: str, values: Mapping[str, Any]) -> None:
        """Write down what a notebook finished, for the next ones.

        Args: topic: one of `state.NOTEBOOK_OF`; values: anything JSON can hold.
        """
        state.remember(self._state_path, self.incarnation, topic, values)

    def recall(self, topic: str) -> dict[str, Any]:
        """Return what a notebook before this one finished.

        Raises: OutOfOrder, LocalAwsForgot: with the notebook to run first.
        """
        return state.recall(self._state_path, self.incarnation, topic)

    def state_to_travel(self) -> bytes:
        """Return what was finished, as a file for a notebook instance."""
        return state.to_travel(self._state_path, self.incarnation)

    def kept(self) -> list[str]:
        """Return the names of what the last sweep had to leave, because a teacher prepared it."""
        return list(state.known(self._state_path, self.incarnation, "kept").get("names", []))

    def forget(self, *, but: Iterable[str] = ()) -> None:
        """Forget what was finished: it has been deleted.

        Args: but: topics that are still true.
        """
        kept = {topic: state.known(self._state_path, self.incarnation, topic) for topic in but}
        state.forget(self._state_path)
        for topic, values in kept.items():
            if values:
                self.remember(topic, values)

    @property
    def _state_path(self) -> Path:
        return self.folder / "state.json"


def _use_language(language: str | None) -> None:
    if not language:
        return
    if language not in texts.LANGUAGES:
        raise UnknownLanguage(language=language, known=", ".join(texts.LANGUAGES))
    texts.use(language)


@cache
def _say_unwritable(path: Path, reason: str) -> None:
    """Say it once, and not with every line that is lost."""
    print(say("lab.ledger_unwritable", path=path, reason=reason))


def _find_caller(place: connection.Place) -> dict[str, str]:
    """Ask AWS who we are: the first call, and the one that finds out whether the credentials are good."""
    found: dict[str, str] = place.session.client("sts", endpoint_url=place.endpoint_url).get_caller_identity()
    return found
