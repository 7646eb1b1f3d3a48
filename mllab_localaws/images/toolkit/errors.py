"""Errors of a container, by who can do something about them."""

from __future__ import annotations


class UserError(Exception):
    """The request, the data or the script is wrong."""


class AlgorithmError(Exception):
    """The algorithm's library refused to go on."""


class NotInLocalAwsError(UserError):
    """AWS's image can do this and the local one cannot.

    Args: what: the feature, as the subject of a sentence.
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            f"{what} works on AWS but is not part of the local AWS yet. "
            "docs/local-aws.md lists what its images can do."
        )


class ScriptError(Exception):
    """The learner's script ended with an error.

    Args: command: what was run. exit_code: how it ended. message: its last words on stderr.
    """

    def __init__(self, command: str, exit_code: int, message: str) -> None:
        super().__init__(
            f'ExecuteUserScriptError:\nExitCode {exit_code}\nErrorMessage "{message}"\nCommand "{command}"'
        )
        self.exit_code = exit_code
