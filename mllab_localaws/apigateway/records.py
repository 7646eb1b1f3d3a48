"""REST APIs as records: one API, with everything in it, is one record that changes as a whole.

So nothing can be added to an API that is being deleted, and callers see a stage either before or after a
change. A record holds `api` (the RestApi structure), `resources` by id (each with its `methods`), `models`
by name, `validators` by id, `gatewayResponses` by type, `deployments` by id (each with the `definition`
that it froze) and `stages` by name.
"""

from __future__ import annotations

import secrets
import string
import threading
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from mllab_localaws.apigateway.errors import not_found
from mllab_localaws.platform import ACCOUNT
from mllab_localaws.store import Record, Store

KIND = "restapi"
_ALPHABET = string.ascii_lowercase + string.digits
Result = TypeVar("Result")


class Publisher(Protocol):
    """Shows callers what an API has become."""

    def publish(self, region: str, record: Record) -> None:
        """Serve the stages of this record from now on."""
        ...

    def withdraw(self, api_id: str) -> None:
        """Serve an API no more."""
        ...


def new_id(length: int = 10) -> str:
    """Return an id as API Gateway makes them: 10 characters for APIs, 6 for what is in them."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


class RestApiRecords:
    """All REST APIs of all regions; every change is published before the next one begins."""

    def __init__(self, store: Store, publisher: Publisher) -> None:
        self._store = store
        self._publisher = publisher
        self._lock = threading.Lock()

    def insert(self, region: str, record: Record) -> None:
        """Add an API."""
        self._store.insert(KIND, region, record["api"]["id"], record)

    def get(self, region: str, api_id: str) -> Record:
        """Return an API's record.

        Raises: AwsError: there is none.
        """
        return _found(self._store.get(KIND, region, api_id), api_id)

    def list(self, region: str) -> list[Record]:
        """Return the records of a region."""
        return self._store.list(KIND, region)

    def change(self, region: str, api_id: str, change: Callable[[Record], Result]) -> Result:
        """Let `change` alter a record in place, and return what it returns; its errors leave all as it was.

        Raises: AwsError: there is no such API, or what `change` raises.
        """
        results: list[Result] = []

        def apply(record: Record) -> Record:
            results.append(change(record))
            # Before it is written: what cannot be published must not be there.
            self._publisher.publish(region, record)
            return record

        with self._lock:
            _found(self._store.modify(KIND, region, api_id, apply), api_id)
        return results[0]

    def delete(self, region: str, api_id: str) -> None:
        """Remove an API with everything in it.

        Raises: AwsError: there is none.
        """
        with self._lock:
            if not self._store.delete(KIND, region, api_id):
                raise _no_such_api(api_id)
            self._publisher.withdraw(api_id)


def resource_of(record: Record, params: Mapping[str, Any]) -> Record:
    """Return the resource that a request names.

    Raises: AwsError: there is none.
    """
    resource: Record | None = record["resources"].get(params["resourceId"])
    if resource is None:
        raise not_found("Invalid Resource identifier specified")
    return resource


def method_of(record: Record, params: Mapping[str, Any]) -> Record:
    """Return the method that a request names.

    Raises: AwsError: there is none.
    """
    method: Record | None = resource_of(record, params)["methods"].get(params["httpMethod"])
    if method is None:
        raise not_found("Invalid Method identifier specified")
    return method


def _found(record: Record | None, api_id: str) -> Record:
    if record is None:
        raise _no_such_api(api_id)
    return record


def _no_such_api(api_id: str) -> Exception:
    return not_found(f"Invalid API identifier specified {ACCOUNT}:{api_id}")
