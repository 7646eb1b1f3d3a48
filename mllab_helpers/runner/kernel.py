"""The kernel of the notebooks. Headless they run in this very interpreter, over an encrypted connection."""

from __future__ import annotations

import zmq
from ipykernel.kernelspec import RESOURCES, get_kernel_dict, install
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from traitlets import default

# What the notebooks ask Jupyter for.
KERNEL = "mllab"


def register() -> str:
    """Make this environment the user's kernel that the notebooks ask for; return where it was written."""
    return str(install(user=True, kernel_name=KERNEL, display_name=KERNEL))


class ThisInterpreter(KernelSpecManager):
    """Answers every kernel name with the interpreter that is running this code.

    A kernel called `python3` in the user's home directory, of some other environment, would win otherwise.
    """

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:  # noqa: ARG002  any name is this one
        """Return the specification of this interpreter's kernel, whatever its name."""
        return KernelSpec(resource_dir=str(RESOURCES), **get_kernel_dict())


class LabKernelManager(AsyncKernelManager):
    """Starts kernels of this interpreter; neighbours on the machine cannot read or drive them."""

    @default("kernel_spec_manager")
    def _default_kernel_spec_manager(self) -> KernelSpecManager:
        return ThisInterpreter()

    @default("transport_encryption")
    def _default_transport_encryption(self) -> str:
        return "auto" if zmq.has("curve") else "disabled"
