"""What a service sees of a request, and how it is found: a class whose methods are the operations."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar, cast

from botocore import xform_name

from mllab_localaws.caller import Caller
from mllab_localaws.wire.errors import not_implemented

Reply = Mapping[str, Any]
Operation = TypeVar("Operation", bound=Callable[..., Any])
Method = Callable[["Call"], "Reply | Awaitable[Reply]"]


@dataclass(frozen=True)
class Call:
    """One request to one operation, parsed and validated.

    Attributes:
        operation: AWS's name, e.g. `CreateTrainingJob`.
        params: members of the operation's input structure; timestamps are aware datetimes.
        caller: who asks; whether he may was decided before.
        region: from the signature's scope.
    """

    operation: str
    params: Mapping[str, Any]
    caller: Caller
    region: str
    request_id: str = field(default="")


class Service:
    """A group of operations; a public method named like the operation in snake case answers it.

    A method runs in a thread; a coroutine function runs in the gateway's event loop, for what waits long.
    """

    name: ClassVar[str]

    def operations(self) -> dict[str, Method]:
        """Return the methods that answer operations, by snake-case name."""
        return {
            name: getattr(self, name)
            for name in dir(self)
            if not name.startswith("_") and getattr(getattr(self, name), "is_operation", False)
        }


def operation(method: Operation) -> Operation:
    """Mark a method as an AWS operation; the documentation's list is generated from these marks."""
    method.is_operation = True  # type: ignore[attr-defined]  # a mark; functions take any
    return method


class Dispatcher:
    """All operations of one AWS service, gathered from the `Service` classes that share it."""

    def __init__(self, service_name: str, services: list[Service]) -> None:
        self.service_name = service_name
        self.services = services
        self._methods: dict[str, Method] = {}
        for service in services:
            self._methods.update(service.operations())

    def __contains__(self, operation_name: str) -> bool:
        return xform_name(operation_name) in self._methods

    @property
    def names(self) -> list[str]:
        """Snake-case names of the operations that exist."""
        return sorted(self._methods)

    def is_asynchronous(self, operation_name: str) -> bool:
        """Say whether an operation is a coroutine function."""
        return inspect.iscoroutinefunction(self._methods.get(xform_name(operation_name)))

    def __call__(self, call: Call) -> Reply:
        """Answer one call of an ordinary operation.

        Raises: AwsError: the operation refused, or is not part of the local AWS.
        """
        return cast(Reply, self._method(call)(call))

    async def answer(self, call: Call) -> Reply:
        """Answer one call of an operation that is a coroutine function.

        Raises: AwsError: as above.
        """
        return await cast(Awaitable[Reply], self._method(call)(call))

    def _method(self, call: Call) -> Method:
        method = self._methods.get(xform_name(call.operation))
        if method is None:
            raise not_implemented(self.service_name, call.operation)
        return method
