"""Request models: JSON Schema, draft 4, that may refer to other models of the same API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson

from mllab_localaws.apigateway.errors import bad_request

if TYPE_CHECKING:
    from jsonschema.protocols import Validator
    from referencing import Registry

Models = Mapping[str, Mapping[str, Any]]


def check_schema(text: str) -> None:
    """Refuse what is no JSON Schema of draft 4.

    Raises: AwsError: `BadRequestException`.
    """
    from jsonschema import Draft4Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft4Validator.check_schema(_schema(text))
    except (ValueError, RecursionError, SchemaError) as error:
        reason = error.message if isinstance(error, SchemaError) else str(error)
        message = "Invalid model specified: Validation Result: warnings : [], errors : [Invalid model schema "
        raise bad_request(f"{message}specified. {reason}]") from error


def validators(api_id: str, models: Models) -> dict[str, Validator]:
    """Return what checks a body, by model name; nothing is ever fetched to follow a reference."""
    from jsonschema import Draft4Validator

    registry = _registry(api_id, models)
    return {
        name: Draft4Validator(_schema(model["schema"]), registry=registry) for name, model in models.items()
    }


def accepts(validator: Validator, body: bytes) -> bool:
    """Say whether a body is JSON that a model accepts; an empty body stands for an empty object."""
    from referencing.exceptions import Unresolvable

    try:
        document = orjson.loads(body or b"{}")
        return bool(validator.is_valid(document))
    except (ValueError, RecursionError, Unresolvable):
        return False


def _schema(text: str) -> Any:
    return orjson.loads(text or "{}")


def _registry(api_id: str, models: Models) -> Registry[Any]:
    from referencing import Registry as EmptyRegistry
    from referencing.jsonschema import DRAFT4

    # As models refer to each other on AWS.
    prefix = f"https://apigateway.amazonaws.com/restapis/{api_id}/models/"
    resources = [
        (prefix + name, DRAFT4.create_resource(_schema(model["schema"]))) for name, model in models.items()
    ]
    return EmptyRegistry().with_resources(resources)
