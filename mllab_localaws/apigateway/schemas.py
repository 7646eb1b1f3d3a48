"""Request models: JSON Schema, draft 4, that may refer to other models of the same API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from mllab_localaws.apigateway.errors import bad_request
from mllab_localaws.bounded.calls import BoundedCalls

Models = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Schema:
    """One of an API's models, and what checks bodies against it.

    Attributes:
        models: all of the API's, as `schema_check.accepts` reads them.
        address: of this one among them.
    """

    models: bytes
    address: str
    calls: BoundedCalls

    async def accepts(self, body: bytes) -> bool:
        """Say whether a body is JSON that this model accepts; an empty one stands for an empty object.

        Raises: TookTooLongError: it would take too long to find out.
        """
        from mllab_localaws.bounded import schema_check

        return await self.calls.answer(schema_check.accepts, self.models, self.address, body)

    def prepare(self) -> None:
        """See that the first body does not wait for jsonschema, whose import takes most of a second."""
        from mllab_localaws.bounded import schema_check

        self.calls.prepare(schema_check.accepts, self.models, self.address, b"")


def check_schema(text: str) -> None:
    """Refuse what is no JSON Schema of draft 4.

    Raises: AwsError: `BadRequestException`.
    """
    from jsonschema import Draft4Validator
    from jsonschema.exceptions import SchemaError

    try:
        # The format: of a `pattern`, which has to be a regular expression.
        Draft4Validator.check_schema(_schema(text), format_checker=Draft4Validator.FORMAT_CHECKER)
    except (ValueError, RecursionError, OverflowError, SchemaError) as error:
        reason = error.message if isinstance(error, SchemaError) else str(error)
        message = "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema "
        raise bad_request(f"{message}specified. {reason}]") from error


def schemas(api_id: str, models: Models, calls: BoundedCalls) -> dict[str, Schema]:
    """Return an API's models by name."""
    # As models refer to each other on AWS.
    prefix = f"https://apigateway.amazonaws.com/restapis/{api_id}/models/"
    packed = orjson.dumps({prefix + name: _schema(model["schema"]) for name, model in models.items()})
    return {name: Schema(packed, prefix + name, calls) for name in models}


def _schema(text: str) -> Any:
    return orjson.loads(text or "{}")
