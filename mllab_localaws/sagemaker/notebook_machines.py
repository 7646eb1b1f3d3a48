"""Which notebook instances have a machine, and what becomes of the record when the machine changes."""

from __future__ import annotations

import contextlib
import hmac
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mllab_localaws import files
from mllab_localaws.platform import Platform
from mllab_localaws.sagemaker import lifecycle_configs
from mllab_localaws.sagemaker.arns import arn
from mllab_localaws.sagemaker.notebook_machine import SCRIPT_SECONDS, Machine, MachineError, MachineSpec
from mllab_localaws.store import Record

KIND = "notebook-instance"
NAME, STATUS = "NotebookInstanceName", "NotebookInstanceStatus"
_OF_A_MACHINE = ("Url", "FailureReason")
# AWS says this of a script that fails as well.
_FAILED = (
    "Notebook Instance Lifecycle Config '{config}' for Notebook Instance '{instance}' "
    "took longer than 5 minutes. Please check your CloudWatch logs for more details "
    "if your Notebook Instance has Internet access."
)
_CONFIG = "NotebookInstanceLifecycleConfigName"


class Machines:
    """The machines of all notebook instances.

    Args: script_seconds: how long a lifecycle script may take.
    """

    def __init__(self, platform: Platform, script_seconds: float = SCRIPT_SECONDS) -> None:
        self.script_seconds = script_seconds
        self._platform = platform
        self._lock = threading.Lock()
        self._machines: dict[Path, Machine] = {}
        self._threads: list[threading.Thread] = []
        self._closed = False

    def start(self, region: str, record: Record, hooks: Sequence[str]) -> None:
        """Start an instance's machine in the background: InService when its JupyterLab answers, or Failed.

        Args: hooks: whose lifecycle scripts run, in their order.
        """
        spec = self._spec(region, record, hooks)
        self._in_background(lambda: self._run(spec))

    def stop(self, region: str, record: Record) -> None:
        """Stop an instance's machine in the background; then it is Stopped."""
        root = self._root(region, record[NAME])

        def stop() -> None:
            machine = self._machines.get(root)
            if machine is not None:
                machine.stop()
            self._settle(region, record[NAME], "Stopped")

        self._in_background(stop)

    def delete(self, region: str, record: Record) -> None:
        """Remove what is left of an instance in the background, and its record at the end."""

        def delete() -> None:
            # What cannot be removed must not keep the record for ever; the next start tries it again.
            with contextlib.suppress(OSError):
                files.remove(self._root(region, record[NAME]))
            self._platform.store.delete(KIND, region, record[NAME].lower())

        self._in_background(delete)

    def find(self, region: str, name: str) -> Machine | None:
        """Return the machine of an instance; None when it has none now."""
        return self._machines.get(self._root(region, name))

    def all(self) -> list[Machine]:
        """Return the machines that run now."""
        with self._lock:
            return list(self._machines.values())

    def with_token(self, token: str) -> Machine | None:
        """Return the machine that shows a token when it asks for credentials."""
        given = token.encode()
        known = (each for each in self.all() if hmac.compare_digest(each.credentials_token.encode(), given))
        return next(known, None)

    def close(self) -> None:
        """Switch everything off at once, because the local AWS ends."""
        with self._lock:
            self._closed = True
        for machine in self.all():
            machine.kill()
        for thread in self._threads:
            thread.join()

    def _run(self, spec: MachineSpec) -> None:
        try:
            # Not under the lock, for which the event loop waits: this takes a moment.
            machine = Machine(self._platform, spec)
        except (OSError, ValueError) as error:
            self._settle(
                spec.region, spec.name, "Failed", FailureReason=f"The machine does not start: {error}"
            )
            return
        with self._lock:
            self._machines[spec.root] = machine
            if self._closed:
                machine.kill()
        try:
            machine.wait_in_service()
            self._settle(spec.region, spec.name, "InService", Url=machine.url)
            if machine.wait():
                return
            reason = "The machine ended by itself; see its log streams."
        except MachineError as error:
            reason = str(error)
        finally:
            with self._lock:
                # A start after a stop may have put another machine there by now.
                if self._machines.get(spec.root) is machine:
                    del self._machines[spec.root]
        if not self._closed:
            self._settle(spec.region, spec.name, "Failed", FailureReason=reason)

    def _settle(self, region: str, name: str, status: str, **more: str) -> None:
        def settled(record: Record) -> Record:
            kept = {member: value for member, value in record.items() if member not in _OF_A_MACHINE}
            return {**kept, **more, STATUS: status, "LastModifiedTime": self._platform.clock.now()}

        self._platform.store.modify(KIND, region, name.lower(), settled)

    def _spec(self, region: str, record: Record, hooks: Sequence[str]) -> MachineSpec:
        name, config = record[NAME], record.get(_CONFIG, "")
        config_arn, instance_arn = arn(region, lifecycle_configs.KIND, config), record["NotebookInstanceArn"]
        return MachineSpec(
            name=name,
            arn=instance_arn,
            region=region,
            role_arn=record["RoleArn"],
            root=self._root(region, name),
            scripts=self._scripts(region, config, hooks),
            script_seconds=self.script_seconds,
            failed=_FAILED.format(config=config_arn, instance=instance_arn),
        )

    def _scripts(self, region: str, config: str, hooks: Sequence[str]) -> Mapping[str, str]:
        found = self._platform.store.get(lifecycle_configs.KIND, region, config.lower()) or {}
        return {hook: found[hook][0]["Content"] for hook in hooks if found.get(hook) and found[hook][0]}

    def _root(self, region: str, name: str) -> Path:
        return self._platform.settings.home / "instances" / region / name.lower()

    def _in_background(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name="notebook-instance", daemon=True)
        with self._lock:
            self._threads = [each for each in self._threads if each.is_alive()]
            self._threads.append(thread)
            thread.start()
