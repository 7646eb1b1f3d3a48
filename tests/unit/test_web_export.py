"""The API as a curl line, a Postman collection and an OpenAPI description."""

from __future__ import annotations

import json
import shlex

import pytest

from mllab_helpers.housing.features import HOUSE_FIELDS
from mllab_helpers.web import web_export

URL = "https://abc1234567.execute-api.us-east-1.amazonaws.com/prod/predict"
HOUSE = {"date": "2015-03-14", **dict.fromkeys(HOUSE_FIELDS, 1)}


def test_the_curl_line_is_one_command_that_leaves_the_key_to_the_shell():
    words = shlex.split(web_export.curl_line(URL, HOUSE | {"remark": "it's nice; $(id)"}))
    assert words[0] == "curl"
    assert URL in words
    assert "x-api-key: $API_KEY" in words
    assert json.loads(words[words.index("--data") + 1])["remark"] == "it's nice; $(id)"


def test_the_collection_has_a_test_in_each_request_and_a_variable_for_the_key():
    collection = web_export.postman_collection(URL, HOUSE)
    variables = {variable["key"]: variable["value"] for variable in collection["variable"]}
    assert variables == {"base_url": URL.removesuffix("/predict"), "api_key": ""}
    assert collection["info"]["schema"].endswith("v2.1.0/collection.json")
    statuses = []
    for item in collection["item"]:
        script = "\n".join(item["event"][0]["script"]["exec"])
        statuses.append(script.partition("status(")[2][:3])
    assert statuses == ["200", "400", "403", "403"]
    incomplete = json.loads(collection["item"][1]["request"]["body"]["raw"])
    assert HOUSE.keys() - incomplete.keys() == {"grade"}


def test_the_description_names_the_fields_the_key_and_every_status(tmp_path):
    described = web_export.openapi_description(URL, HOUSE)
    operation = described["paths"]["/predict"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == list(HOUSE_FIELDS)
    assert set(operation["responses"]) == {
        *("200", "400", "403", "413", "429", "500", "502", "503", "504"),
    }
    assert described["components"]["securitySchemes"]["key"]["name"] == "x-api-key"
    written = web_export.write_json(tmp_path / "api.json", described)
    assert json.loads(written.read_text(encoding="utf-8")) == described


@pytest.mark.parametrize(("house", "valid"), [(HOUSE, True), (HOUSE | {"grade": "x"}, False), ({}, False)])
def test_the_schema_of_a_house_accepts_houses_and_nothing_else(house, valid):
    from jsonschema import Draft4Validator

    described = web_export.openapi_description(URL, HOUSE)
    schema = described["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert Draft4Validator(schema).is_valid(house) is valid
