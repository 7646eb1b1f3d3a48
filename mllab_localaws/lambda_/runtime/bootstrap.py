"""The first program in a function's process, as on AWS: hands over to AWS's runtime interface client.

It runs without site-packages: what can be imported is the standard library, the function's own code and what
AWS's Python runtimes bring along, in `/var/runtime`.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from awslambdaric import bootstrap
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient


class Client(LambdaRuntimeClient):  # type: ignore[misc]  # AWS's client has no types
    """AWS's client, for a Runtime API whose address has a path.

    Its native part takes any address; its Python part, which reports a failed start, a host and a port only.
    """

    def __init__(self, address: str) -> None:
        host, _, self._path = address.partition("/")
        super().__init__(host)

    def call_rapid(self, http_method: str, endpoint: str, *arguments: Any, **named: Any) -> None:
        """Send one request to the Runtime API."""
        super().call_rapid(http_method, f"/{self._path}{endpoint}", *arguments, **named)


if __name__ == "__main__":
    # In the place of this program's own directory: the function's code comes first, as on AWS.
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    os.chdir(sys.path[0])
    bootstrap.run(os.environ["_HANDLER"], Client(os.environ["AWS_LAMBDA_RUNTIME_API"]))
