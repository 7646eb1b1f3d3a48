"""What each actor of the lab may do: one policy per actor, as AWS takes it, with the lab's names filled in.

The documents lie beside this module as JSON, with `<account>`, `<region>`, `<student>` and `<images>` (AWS's
repositories that the lab's images come from) where names differ.
A test runs the notebooks and holds the documents against the calls that were made: a permission that nobody
used is a fault there, as is a call that none allows. Why each statement is there: `explain_policy`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from mllab_helpers.images import repository_arns

PolicyDocument = dict[str, Any]

TEACHER, LEARNER, EXECUTION = "teacher", "learner", "execution"
LAMBDA, EVENTS, ROLL_OUT, SCHEDULER = "lambda", "events", "roll_out", "scheduler"
ACTORS = (TEACHER, LEARNER, EXECUTION, LAMBDA, EVENTS, ROLL_OUT, SCHEDULER)


def policy(actor: str, *, account: str, region: str, student: str) -> PolicyDocument:
    """Return the policy of an actor.

    Args: actor: one of `ACTORS`; student: `*` for all of them.
    Raises: ValueError: there is no such actor; UnknownRegion: AWS has no images there.
    """
    if actor not in ACTORS:
        raise ValueError(f"actor {actor!r} is not one of {', '.join(ACTORS)}")
    text = (Path(__file__).parent / f"{actor}.json").read_text(encoding="utf-8")
    for name, value in (("account", account), ("region", region), ("student", student)):
        text = text.replace(f"<{name}>", value)
    text = text.replace('"<images>"', json.dumps(repository_arns(region))[1:-1])
    document: PolicyDocument = json.loads(text)
    return document
