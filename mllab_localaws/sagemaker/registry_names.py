"""Names and ARNs of the model registry, in which most operations take either."""

from __future__ import annotations

from mllab_localaws.sagemaker.arns import arn

GROUP_KIND = "model-package-group"
PACKAGE_KIND = "model-package"


def group_arn(region: str, name: str) -> str:
    """Return a group's ARN."""
    return arn(region, GROUP_KIND, name)


def package_arn(region: str, group: str, version: int) -> str:
    """Return the ARN of a version: `.../model-package/<group>/<version>`."""
    return arn(region, PACKAGE_KIND, f"{group}/{version}")


def name_in(name_or_arn: str) -> str:
    """Return the name (`<group>` or `<group>/<version>`) of what a name or an ARN means."""
    if not name_or_arn.startswith("arn:"):
        return name_or_arn
    return name_or_arn.split(":", 5)[5].partition("/")[2]
