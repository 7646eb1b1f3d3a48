"""Models, endpoint configurations and endpoints as records: found, added and removed by name.

Names are unique whatever their case (ARNs carry them in lower case), and keep the case they were given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mllab_localaws.sagemaker import tags
from mllab_localaws.sagemaker.arns import arn
from mllab_localaws.store import AlreadyExistsError, Record, Store
from mllab_localaws.wire.errors import AwsError


@dataclass(frozen=True)
class Named:
    """One kind of resource.

    Attributes:
        kind: as ARNs and the store spell it, e.g. `endpoint-config`.
        text: as error messages spell it, e.g. `endpoint configuration`.
        missing_code, taken_code: AWS's error codes for a name that nobody or somebody has.
    """

    kind: str
    text: str
    missing_code: str = "ValidationException"
    taken_code: str = "ValidationException"

    def arn(self, region: str, name: str) -> str:
        """Return a resource's ARN."""
        return arn(region, self.kind, name)

    def insert(
        self, store: Store, region: str, name: str, record: Record, request_tags: tags.TagList
    ) -> None:
        """Add a record and its tags.

        Raises: AwsError: the name is in use, or the tags are not valid.
        """
        tags.check(request_tags)
        try:
            store.insert(self.kind, region, name.lower(), record)
        except AlreadyExistsError as error:
            message = f'Cannot create already existing {self.text} "{self.arn(region, name)}".'
            raise AwsError(self.taken_code, message) from error
        tags.attach(store, region, self.arn(region, name), request_tags)

    def get(self, store: Store, region: str, name: str) -> Record:
        """Return a record.

        Raises: AwsError: there is none.
        """
        return self._found(store.get(self.kind, region, name.lower()), region, name)

    def modify(self, store: Store, region: str, name: str, change: Callable[[Record], Record]) -> Record:
        """Replace a record by `change(record)` in one step.

        Raises: AwsError: there is none, or what `change` raises.
        """
        return self._found(store.modify(self.kind, region, name.lower(), change), region, name)

    def delete(self, store: Store, region: str, name: str) -> None:
        """Remove a record and its tags.

        Raises: AwsError: there is none.
        """
        if not store.delete(self.kind, region, name.lower()):
            raise self.not_found(region, name)
        tags.detach(store, region, self.arn(region, name))

    def not_found(self, region: str, name: str) -> AwsError:
        """Say that a resource is missing."""
        return AwsError(self.missing_code, f'Could not find {self.text} "{self.arn(region, name)}".')

    def _found(self, record: Record | None, region: str, name: str) -> Record:
        if record is None:
            raise self.not_found(region, name)
        return record


MODEL = Named("model", "model")
ENDPOINT_CONFIG = Named("endpoint-config", "endpoint configuration")
ENDPOINT = Named("endpoint", "endpoint")
