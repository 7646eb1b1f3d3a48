"""What can go wrong for a learner: one base class, one subclass per cause.

A message says what happened, to which resource, and what to do next, in that order. The text is in the
catalogue under `errors.<key>`, in the language of the lab.
"""

from __future__ import annotations

from typing import ClassVar

from mllab_helpers.texts import say


class LabError(Exception):
    """Base of every error that the helpers raise on purpose.

    Args: values: what the catalogue's text for this error needs.
    The `ClientError` of boto3 that led here, if there was one, stays as `__cause__`.
    """

    key: ClassVar[str] = ""

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(say(f"errors.{self.key}", **values))
