"""A function as one of its processes sees it: a revision of its code and settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mllab_localaws.lambda_ import configuration
from mllab_localaws.store import Record


@dataclass(frozen=True)
class FunctionVersion:
    """What a process runs, and for whom.

    Attributes:
        revision: changes with each update; a process serves one revision.
        timeout: seconds.
        memory: MB.
    """

    region: str
    name: str
    arn: str
    revision: str
    code_id: str
    handler: str
    runtime: str
    role_arn: str
    timeout: int
    memory: int
    variables: Mapping[str, str]
    log_group: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells processes of different functions and revisions apart."""
        return self.region, self.name, self.revision


def of_record(region: str, record: Record) -> FunctionVersion:
    """Return the current version of a function."""
    settings = record["Settings"]
    return FunctionVersion(
        region=region,
        name=record["Name"],
        arn=record["Arn"],
        revision=record["RevisionId"],
        code_id=record["CodeId"],
        handler=settings["Handler"],
        runtime=settings["Runtime"],
        role_arn=settings["Role"],
        timeout=settings["Timeout"],
        memory=settings["MemorySize"],
        variables=settings["Environment"].get("Variables") or {},
        log_group=configuration.log_group(record),
    )
