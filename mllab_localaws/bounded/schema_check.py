"""Bodies against JSON schemas; what a schema asks for may take for ever (`pattern`, `$ref`)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import orjson
from jsonschema import Draft4Validator
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT4


def accepts(models: bytes, name: str, body: bytes) -> bool:
    """Say whether a body is JSON that a model accepts; an empty body stands for an empty object.

    Nothing is ever fetched to follow a reference.
    Args: models: JSON, of the API's models: schemas by the address under which others refer to them.
    """
    try:
        document = orjson.loads(body or b"{}")
        return bool(_validator(models, name).is_valid(document))
    except (ValueError, RecursionError, OverflowError, Unresolvable, re.error):
        return False


@lru_cache(maxsize=256)
def _validator(models: bytes, name: str) -> Draft4Validator:
    schemas = orjson.loads(models)
    return Draft4Validator(schemas[name], registry=_registry(models))


@lru_cache(maxsize=64)
def _registry(models: bytes) -> Registry[Any]:
    schemas = orjson.loads(models)
    return Registry().with_resources(
        [(address, DRAFT4.create_resource(schema)) for address, schema in schemas.items()]
    )
