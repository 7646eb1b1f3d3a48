"""Lambda: functions from zip files, run through AWS's own Runtime API client."""

from __future__ import annotations

import asyncio
import contextlib

from mllab_localaws.lambda_ import runtime_directory, version
from mllab_localaws.lambda_.asynchronous import AsynchronousInvocations
from mllab_localaws.lambda_.code import CodeStore
from mllab_localaws.lambda_.concurrency import FunctionConcurrency
from mllab_localaws.lambda_.control import FunctionControl
from mllab_localaws.lambda_.functions import Functions
from mllab_localaws.lambda_.invocations import Invocations
from mllab_localaws.lambda_.invoker import Invoker
from mllab_localaws.lambda_.policy import FunctionPolicies
from mllab_localaws.lambda_.pool import Pool
from mllab_localaws.lambda_.process import Launcher
from mllab_localaws.lambda_.runtime_api import RuntimeApi
from mllab_localaws.lambda_.tags import FunctionTags
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Service

_LEAST_PROCESSES = 4


class Lambda:
    """All of Lambda on one platform.

    Attributes:
        services: its operations.
        functions: how other services invoke functions.
        runtime_api: answers the functions' processes.
    """

    def __init__(self, platform: Platform) -> None:
        home = platform.settings.home / "functions"
        code = CodeStore(home / "code")
        launcher = Launcher(platform, code, home / "runtime", home / "runs")
        runtime_directory.build(launcher.runtime)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pool = Pool(launcher, max(_LEAST_PROCESSES, 2 * platform.settings.cores), code.remove)
        invoker = Invoker(platform, self._pool)
        self._later = AsynchronousInvocations(platform, invoker)
        self.functions: Functions = invoker
        self.runtime_api = RuntimeApi(self._pool, code)
        self.services: list[Service] = [
            FunctionControl(platform, code, self._retire),
            Invocations(platform, invoker, self._later),
            FunctionPolicies(platform),
            FunctionConcurrency(platform),
            FunctionTags(platform),
        ]
        platform.deliveries.register("lambda", self._later.receive, self._later.check)

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Run functions from this event loop, before anything is invoked."""
        self._loop = loop
        self._later.attach(loop)

    def release(self) -> None:
        """End every function's process, in the event loop, so that no request is left waiting."""
        self._later.close()
        self._pool.end_all()

    def close(self) -> None:
        """See that no process is left; called when the local AWS ends."""
        self._pool.close()

    def _retire(self, record: Record, code_is_past: bool) -> None:
        # The region is in the ARN; operations run in threads, processes in the event loop.
        function = version.of_record(record["Arn"].split(":")[3], record)
        if self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                self._loop.call_soon_threadsafe(self._pool.retire, function, code_is_past)
