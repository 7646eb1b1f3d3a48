"""What can go wrong with the lab's own notebook instance."""

from __future__ import annotations

from typing import ClassVar

from mllab_helpers.errors import LabError


class InstanceFailed(LabError):
    """A notebook instance did not come into service."""

    key: ClassVar[str] = "instance_failed"


class NoProjectFiles(LabError):
    """The lab runs without the project's directory, and something in it is needed."""

    key: ClassVar[str] = "no_project_files"
