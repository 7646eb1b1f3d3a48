"""Event patterns: what they match, and why a wrong one is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mllab_localaws.events.patterns import compile_pattern
from mllab_localaws.wire.errors import AwsError

EVENT = {
    "source": "aws.s3",
    "detail-type": "Object Created",
    "resources": ["arn:aws:s3:::houses", "arn:aws:s3:::others"],
    "detail": {
        "bucket": {"name": "houses"},
        "object": {"key": "new/2015-04.csv", "size": 1024, "ratio": 0.5, "empty": "", "nothing": None},
        "flag": True,
        "off": False,
        "number": 167772167,
        "huge": 5000000001,
        "none": [],
        "nested": [["a"], [["b"]]],
        "mixed": ["a", {"id": "b"}],
        "address": "10.0.0.7",
        "parts": [{"id": "a", "ok": False}, {"id": "b", "ok": True}],
    },
}


def _key(*wanted: Any) -> dict[str, Any]:
    return {"detail": {"object": {"key": list(wanted)}}}


def _size(*comparison: Any) -> dict[str, Any]:
    return {"detail": {"object": {"size": [{"numeric": list(comparison)}]}}}


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"source": ["aws.s3"]}, True),
        ({"source": ["aws.S3"]}, False),
        ({"source": ["aws.sagemaker", "aws.s3"], "detail-type": ["Object Created"]}, True),
        ({"source": ["aws.s3"], "detail-type": ["Object Deleted"]}, False),
        ({"resources": ["arn:aws:s3:::others"]}, True),
        ({"detail": {"flag": [True]}}, True),
        ({"detail": {"flag": [1]}}, False),
        ({"detail": {"flag": ["true"]}}, False),
        ({"detail": {"object": {"size": [1024.0]}}}, True),
        ({"detail": {"object": {"size": ["1024"]}}}, False),
        ({"detail": {"object": {"nothing": [None]}}}, True),
        ({"detail": {"object": {"empty": [""]}}}, True),
        ({"detail": {"object": {"missing": [None]}}}, False),
        (_key({"prefix": "new/"}), True),
        (_key({"prefix": "old/"}), False),
        (_key({"prefix": {"equals-ignore-case": "NEW/"}}), True),
        (_key({"suffix": ".csv"}), True),
        (_key({"suffix": {"equals-ignore-case": ".CSV"}}), True),
        (_key({"equals-ignore-case": "NEW/2015-04.CSV"}), True),
        (_key({"wildcard": "new/*.csv"}), True),
        (_key({"wildcard": "*2015*"}), True),
        (_key({"wildcard": "*.json"}), False),
        (_key({"wildcard": "*"}), True),
        (_key({"wildcard": "new/2015-04.csv"}), True),
        (_key({"wildcard": "new/2015*2015-04.csv"}), False),
        (_key({"wildcard": "*" + "5*" * 1000}), False),
        (_key({"wildcard": r"new/\*.csv"}), False),
        (_key({"anything-but": "new/2015-04.csv"}), False),
        (_key({"anything-but": ["a", "b"]}), True),
        (_key({"anything-but": {"prefix": "new/"}}), False),
        (_key({"anything-but": {"prefix": ["old/", "tmp/"]}}), True),
        (_key({"anything-but": {"suffix": ".csv"}}), False),
        (_key({"anything-but": {"wildcard": "*/2014*"}}), True),
        (_key({"anything-but": {"equals-ignore-case": ["NEW/2015-04.CSV"]}}), False),
        ({"detail": {"object": {"missing": [{"anything-but": "x"}]}}}, False),
        (_size(">", 1000), True),
        (_size(">", 1000, "<=", 1024), True),
        (_size(">", 1024), False),
        (_size("=", 1024), True),
        ({"detail": {"object": {"key": [{"numeric": [">", 0]}]}}}, False),
        ({"detail": {"object": {"missing": [{"exists": False}]}}}, True),
        ({"detail": {"nowhere": {"missing": [{"exists": False}]}}}, True),
        (_key({"exists": True}), True),
        (_key({"exists": False}), False),
        ({"detail": {"address": [{"cidr": "10.0.0.0/24"}]}}, True),
        ({"detail": {"address": [{"cidr": "10.0.1.0/24"}]}}, False),
        ({"$or": [{"source": ["aws.sqs"]}, {"detail": {"flag": [True]}}]}, True),
        ({"$or": [{"source": ["aws.sqs"]}, {"source": ["aws.sns"]}]}, False),
        ({"detail": {"parts": {"id": ["b"], "ok": [True]}}}, True),
        ({"detail": {"parts": {"id": ["a"], "ok": [True]}}}, False),
        ({"source": {"deeper": ["aws.s3"]}}, False),
        # Only a string is an address, though Python takes a number and bytes for one as well.
        ({"detail": {"number": [{"cidr": "0.0.0.0/0"}]}}, False),
        ({"detail": {"flag": [{"cidr": "0.0.0.0/0"}]}}, False),
        ({"detail": {"flag": [{"numeric": [">=", 0]}]}}, False),
        ({"detail": {"flag": [{"anything-but": 1}]}}, True),
        ({"detail": {"off": [0]}}, False),
        ({"detail": {"object": {"nothing": [{"prefix": ""}]}}}, False),
        ({"detail": {"huge": [{"numeric": [">", 0]}]}}, False),
        ({"detail": {"number": [{"suffix": "0"}]}}, False),
        ({"detail": {"nested": ["b"]}}, True),
        ({"detail": {"none": [{"exists": True}]}}, False),
        ({"detail": {"none": [{"exists": False}]}}, True),
        ({"detail": {"none": {"id": [{"exists": False}]}}}, True),
        ({"detail": {"parts": [{"exists": True}]}}, False),
        ({"detail": {"parts": [{"anything-but": "a"}]}}, False),
        ({"detail": {"mixed": {"id": [{"exists": False}]}}}, False),
    ],
)
def test_a_pattern_matches_as_eventbridge_does(pattern: dict[str, Any], matches: bool) -> None:
    assert compile_pattern(json.dumps(pattern))(EVENT) is matches


@pytest.mark.parametrize(
    ("wildcard", "value", "matches"),
    [
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        (r"a\\*b", "a\\xyzb", True),
        (r"a\\*b", "axyzb", False),
        ("*a*b", "xaxaxb", True),
        ("ab*ba", "aba", False),
    ],
)
def test_a_backslash_takes_a_stars_meaning(wildcard: str, value: str, matches: bool) -> None:
    pattern = json.dumps({"source": [{"wildcard": wildcard}]})
    assert compile_pattern(pattern)({"source": value}) is matches


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("{", "not JSON"),
        ("[" * 4000, "not JSON"),
        ('"text"', "Filter is not an object"),
        ("{}", "at least one field"),
        ('{"source": "aws.s3"}', '"source" must be an object or an array'),
        ('{"source": []}', "Empty arrays are not allowed"),
        ('{"detail": {}}', "Empty objects are not allowed"),
        ('{"source": [{"starts": "a"}]}', "Unrecognized match type starts"),
        ('{"source": [{"prefix": 1}]}', "prefix match pattern must be a string"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed"),
        ('{"source": [["a"]]}', "only objects and values"),
        ('{"source": [{"exists": "yes"}]}', "either true or false"),
        ('{"source": [{"numeric": [">", "1"]}]}', "must be numeric"),
        ('{"source": [{"numeric": ["~", 1]}]}', "Unrecognized numeric range operator: ~"),
        ('{"source": [{"numeric": [">"]}]}', "Invalid numeric match"),
        ('{"source": [{"wildcard": "a**b"}]}', "Consecutive wildcard"),
        ('{"source": [{"cidr": "10.0.0.0/99"}]}', "Malformed CIDR"),
        ('{"source": [{"anything-but": {"numeric": [">", 1]}}]}', "Unsupported anything-but"),
        ('{"source": [{"anything-but": []}]}', "anything-but must be"),
        ('{"$or": [{"source": ["a"]}]}', "$or must be"),
        (json.dumps({"source": ["x" * 5000]}), "longer than 4096"),
        ('{"source": [NaN]}', "NaN is not JSON"),
        ('{"source": [{"numeric": [">", true]}]}', "must be numeric"),
        ('{"source": [{"numeric": [">", 5000000001]}]}', "Value must be between -5.0E9 and 5.0E9"),
        ('{"source": [{"numeric": [">", 2, "<", 1]}]}', "Bottom must be less than top"),
        ('{"source": [{"numeric": ["<", 2, ">", 1]}]}', "Too many elements"),
        ('{"source": [{"numeric": [">", 2, ">", 1]}]}', "Bad numeric range operator: >"),
        ('{"source": [{"cidr": "10.0.0.0"}]}', "Malformed CIDR"),
        ('{"source": [{"cidr": "10.0.0.0/255.0.0.0"}]}', "Malformed CIDR"),
        ('{"source": [{"cidr": 167772160}]}', "must be a string"),
        ('{"source": [{"anything-but": ["a", 1]}]}', "mixed type"),
        ('{"source": [{"anything-but": true}]}', "anything-but must be"),
        ('{"a":' * 600 + '["b"]' + "}" * 600, "nested more than 100"),
    ],
)
def test_a_wrong_pattern_is_refused_with_its_reason(pattern: str, reason: str) -> None:
    with pytest.raises(AwsError) as refused:
        compile_pattern(pattern)
    assert refused.value.code == "InvalidEventPatternException"
    assert refused.value.message.startswith("Event pattern is not valid. Reason: ")
    assert reason in refused.value.message
