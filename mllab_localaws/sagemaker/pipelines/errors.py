"""Errors of pipelines, in AWS's words where they are known."""

from __future__ import annotations

from mllab_localaws.wire.errors import AwsError, validation_error


class StepError(Exception):
    """A step fails; the text is its FailureReason."""


def malformed(what: str) -> AwsError:
    """Say what is wrong with a definition; AWS's texts begin alike."""
    return validation_error(f"Unable to parse pipeline definition. {what}")


def not_here(what: str) -> AwsError:
    """Refuse by name what a pipeline of the local AWS would have to ignore."""
    return validation_error(
        f"{what} is not part of the local AWS's pipelines; docs/local-aws.md lists what is."
    )


def not_found(arn: str) -> AwsError:
    """Say that a pipeline or an execution is missing."""
    kind = "Pipeline execution" if "/execution/" in arn else "Pipeline"
    return AwsError("ResourceNotFound", f"{kind} '{arn}' does not exist.")


def conflict(what: str) -> AwsError:
    """Say that something else is going on, or that a token was used for something else."""
    return AwsError("ConflictException", what)
