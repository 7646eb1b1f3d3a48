"""Reserved concurrency: how many invocations of one function may run at a time."""

from __future__ import annotations

from mllab_localaws.lambda_.names import KIND, find, invalid, not_found
from mllab_localaws.platform import Platform
from mllab_localaws.store import Record
from mllab_localaws.wire.call import Call, Reply, Service, operation

# An account's 1000 concurrent executions, of which 100 must stay for functions without a reservation.
ACCOUNT_CONCURRENCY, _UNRESERVED = 1000, 100


class FunctionConcurrency(Service):
    """PutFunctionConcurrency, GetFunctionConcurrency, DeleteFunctionConcurrency."""

    name = "lambda"

    def __init__(self, platform: Platform) -> None:
        self._store = platform.store

    @operation
    def put_function_concurrency(self, call: Call) -> Reply:
        """Reserve concurrency; 0 throttles every invocation.

        Raises: AwsError: `InvalidParameterValueException`, too little would be left for other functions.
        """
        reserved, function = call.params["ReservedConcurrentExecutions"], self._found(call)
        others = sum(
            record["Reserved"] or 0
            for record in self._store.list(KIND, call.region)
            if record["Name"] != function["Name"]
        )
        if others + reserved > ACCOUNT_CONCURRENCY - _UNRESERVED:
            raise invalid(
                "Specified ReservedConcurrentExecutions for function decreases account's "
                f"UnreservedConcurrentExecution below its minimum value of [{_UNRESERVED}]."
            )
        self._reserve(call, function, reserved)
        return {"ReservedConcurrentExecutions": reserved}

    @operation
    def get_function_concurrency(self, call: Call) -> Reply:
        """Return what is reserved; nothing when nothing is."""
        reserved = self._found(call)["Reserved"]
        return {} if reserved is None else {"ReservedConcurrentExecutions": reserved}

    @operation
    def delete_function_concurrency(self, call: Call) -> Reply:
        """Reserve nothing any more."""
        self._reserve(call, self._found(call), None)
        return {}

    def _found(self, call: Call) -> Record:
        return find(self._store, call.region, call.params["FunctionName"])

    def _reserve(self, call: Call, function: Record, reserved: int | None) -> None:
        if self._store.update(KIND, call.region, function["Name"], Reserved=reserved) is None:
            raise not_found(function["Arn"])
