"""The API for other people's tools: a curl line, a Postman collection, an OpenAPI description.

None of them holds the key: each has a place for it, `$API_KEY` or the variable `api_key`.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mllab_helpers.housing.features import HOUSE_FIELDS
from mllab_helpers.texts import say

_POSTMAN_SCHEMA = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def curl_line(url: str, house: Mapping[str, Any]) -> str:
    """Return a command for a shell in which `API_KEY` is set."""
    return (
        f"curl --silent --show-error {shlex.quote(url)} \\\n"
        '  --header "x-api-key: $API_KEY" --header "Content-Type: application/json" \\\n'
        f"  --data {shlex.quote(json.dumps(house))}"
    )


def postman_collection(url: str, house: Mapping[str, Any]) -> dict[str, Any]:
    """Return a Postman collection (v2.1) of one good request and the classic failures, each with its test.

    Args: url: of `POST /predict`. The key is the collection's variable `api_key`, left empty.
    """
    base, _, path = url.rpartition("/")
    incomplete = {name: value for name, value in house.items() if name != "grade"}
    priced = [
        "const said = pm.response.json();",
        'pm.test("price", () => pm.expect(said.price_usd).to.be.above(0));',
    ]
    names_field = [
        'pm.test("names the field", () => pm.expect(pm.response.json().message).to.include("grade"));'
    ]
    forbidden, token = _says("Forbidden"), _says("Missing Authentication Token")
    requests = [
        _request(say("web_export.good"), path, house, 200, priced),
        _request(say("web_export.bad_house"), path, incomplete, 400, names_field),
        _request(say("web_export.no_key"), path, house, 403, forbidden, key=False),
        _request(say("web_export.wrong_path"), f"{path}s", house, 403, token),
    ]
    return {
        "info": {"name": say("web_export.title"), "schema": _POSTMAN_SCHEMA},
        "item": requests,
        "variable": [{"key": "base_url", "value": base}, {"key": "api_key", "value": ""}],
    }


def openapi_description(url: str, house: Mapping[str, Any]) -> dict[str, Any]:
    """Return an OpenAPI 3.0 description of `POST /predict`.

    Args: url: of `POST /predict`; house: the example.
    """
    base, _, path = url.rpartition("/")
    number = {"type": "number", "nullable": True}
    schema = {
        "type": "object",
        "required": list(HOUSE_FIELDS),
        "properties": {"date": {"type": "string", "format": "date"}, **dict.fromkeys(HOUSE_FIELDS, number)},
        "example": dict(house),
    }
    price = {
        "type": "object",
        "required": ["price_usd", "date"],
        "properties": {"price_usd": {"type": "number"}, "date": {"type": "string", "format": "date"}},
    }
    error = {"type": "object", "properties": {"message": {"type": "string"}}}
    statuses = ("400", "403", "413", "429", "500", "502", "503", "504")
    answers = {status: _response(say(f"web_export.status_{status}"), error) for status in statuses}
    operation = {
        "operationId": "predictHouse",
        "summary": say("web_export.summary"),
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"200": _response(say("web_export.status_200"), price), **answers},
        "security": [{"key": []}],
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": say("web_export.title"), "version": "1.0"},
        "servers": [{"url": base}],
        "paths": {f"/{path}": {"post": operation}},
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "x-api-key"}},
        },
    }


def write_json(path: Path | str, content: Mapping[str, Any]) -> Path:
    """Write a description to a file and return its path."""
    path = Path(path)
    path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def _request(
    name: str, path: str, house: Mapping[str, Any], status: int, tests: Sequence[str], *, key: bool = True
) -> dict[str, Any]:
    headers = [{"key": "Content-Type", "value": "application/json"}]
    headers += [{"key": "x-api-key", "value": "{{api_key}}"}] if key else []
    expects = f'pm.test("{status}", () => pm.response.to.have.status({status}));'
    return {
        "name": name,
        "event": [{"listen": "test", "script": {"type": "text/javascript", "exec": [expects, *tests]}}],
        "request": {
            "method": "POST",
            "header": headers,
            "url": {"raw": f"{{{{base_url}}}}/{path}", "host": ["{{base_url}}"], "path": [path]},
            "body": {
                "mode": "raw",
                "raw": json.dumps(house, indent=2),
                "options": {"raw": {"language": "json"}},
            },
        },
    }


def _says(message: str) -> list[str]:
    return [f'pm.test("message", () => pm.expect(pm.response.json().message).to.eql("{message}"));']


def _response(description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": dict(schema)}}}
