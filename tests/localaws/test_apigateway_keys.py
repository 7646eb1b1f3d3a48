"""API keys, usage plans, throttling and quotas (contract G.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

import pytest
from apis import STAGE, Answer, Api, new_api
from botocore.exceptions import ClientError

from mllab_localaws.apigateway.access import Limit, Quota
from mllab_localaws.apigateway.limits import TokenBuckets, Usage
from mllab_localaws.files import Connection

FORBIDDEN = {"message": "Forbidden"}


@pytest.fixture
def api(client: Callable[..., Any], connection: Connection) -> Api:
    """`GET /open`, `GET /houses` and `GET /prices`; the last two need a key."""
    api = new_api(client("apigateway"), connection)
    api.mock("/open", "GET")
    for path in ("/houses", "/prices"):
        api.mock(path, "GET", apiKeyRequired=True)
    api.deploy()
    return api


def new_key(api: Api, **members: Any) -> tuple[str, str]:
    """Return id and value of a key."""
    key = api.client.create_api_key(**{"name": "ana", "enabled": True, **members})
    return key["id"], key["value"]


def new_plan(api: Api, *keys: str, **members: Any) -> str:
    """Return the id of a plan for the stage, with these keys."""
    stages = [{"apiId": api.id, "stage": STAGE}]
    plan_id: str = api.client.create_usage_plan(**{"name": "course", "apiStages": stages, **members})["id"]
    for key in keys:
        api.client.create_usage_plan_key(usagePlanId=plan_id, keyId=key, keyType="API_KEY")
    return plan_id


def call(api: Api, value: str, path: str = "/houses") -> Answer:
    """Call with a key."""
    return api.call(path, headers={"x-api-key": value})


def change_plan(api: Api, plan_id: str, path: str, value: str = "", op: str = "replace") -> Any:
    """Apply one patch to a plan."""
    patch = {"op": op, "path": path, **({"value": value} if value else {})}
    return api.client.update_usage_plan(usagePlanId=plan_id, patchOperations=[patch])


def refused(function: Callable[..., Any], **members: Any) -> tuple[str, str]:
    """Return code and message of a refusal."""
    with pytest.raises(ClientError) as refusal:
        function(**members)
    error = refusal.value.response["Error"]
    return error["Code"], error["Message"]


def test_a_method_without_the_flag_needs_no_key(api: Api) -> None:
    assert api.call("/open").status == 200


def test_a_missing_an_unknown_and_an_unplanned_key_are_forbidden(api: Api) -> None:
    _, value = new_key(api)
    answers = [api.call("/houses"), call(api, "nobody"), call(api, value)]
    assert [(answer.status, answer.json) for answer in answers] == [(403, FORBIDDEN)] * 3
    assert answers[0].header("x-amzn-ErrorType") == "ForbiddenException"


def test_a_key_in_a_plan_of_the_stage_opens_it(api: Api) -> None:
    key_id, value = new_key(api)
    new_plan(api, key_id)
    assert call(api, value).status == 200


def test_a_plan_of_another_stage_opens_nothing_here(api: Api) -> None:
    key_id, value = new_key(api)
    api.deploy("other")
    new_plan(api, key_id, apiStages=[{"apiId": api.id, "stage": "other"}])
    assert call(api, value).status == 403
    assert api.call("/houses", stage="other", headers={"x-api-key": value}).status == 200


def test_a_key_is_disabled_unless_it_is_said_otherwise_and_can_be_enabled(api: Api) -> None:
    key = api.client.create_api_key(name="ana")
    new_plan(api, key["id"])
    assert (key["enabled"], call(api, key["value"]).status) == (False, 403)
    enable = [{"op": "replace", "path": "/enabled", "value": "true"}]
    assert api.client.update_api_key(apiKey=key["id"], patchOperations=enable)["enabled"] is True
    assert call(api, key["value"]).status == 200


def test_a_deleted_key_opens_nothing_and_leaves_its_plan(api: Api) -> None:
    key_id, value = new_key(api)
    plan_id = new_plan(api, key_id)
    api.client.delete_api_key(apiKey=key_id)
    assert call(api, value).status == 403
    assert api.client.get_usage_plan_keys(usagePlanId=plan_id)["items"] == []


def test_a_key_taken_out_of_its_plan_opens_nothing(api: Api) -> None:
    key_id, value = new_key(api)
    plan_id = new_plan(api, key_id)
    api.client.delete_usage_plan_key(usagePlanId=plan_id, keyId=key_id)
    assert call(api, value).status == 403


def test_the_flag_needs_a_deployment(api: Api) -> None:
    where = {"restApiId": api.id, "resourceId": api.resources["/open"], "httpMethod": "GET"}
    patch = [{"op": "replace", "path": "/apiKeyRequired", "value": "true"}]
    assert api.client.update_method(**where, patchOperations=patch)["apiKeyRequired"] is True
    assert api.call("/open").status == 200
    api.deploy()
    assert api.call("/open").status == 403


def test_a_key_that_calls_too_fast_is_throttled_and_no_other_one(api: Api) -> None:
    (one, first), (two, second) = new_key(api), new_key(api)
    new_plan(api, one, two, throttle={"rateLimit": 0.001, "burstLimit": 3})
    answers = [call(api, first) for _ in range(5)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429, 429]
    assert answers[-1].json == {"message": "Too Many Requests"}
    assert answers[-1].header("x-amzn-ErrorType") == "TooManyRequestsException"
    assert call(api, second).status == 200


def test_a_throttle_that_is_lifted_holds_no_more(api: Api) -> None:
    key_id, value = new_key(api)
    plan_id = new_plan(api, key_id, throttle={"rateLimit": 0.001, "burstLimit": 1})
    assert [call(api, value).status for _ in range(2)] == [200, 429]
    change_plan(api, plan_id, "/throttle", op="remove")
    assert [call(api, value).status for _ in range(3)] == [200] * 3


def test_a_plan_limits_a_single_method(api: Api) -> None:
    key_id, value = new_key(api)
    plan_id = new_plan(api, key_id)
    limit = f"/apiStages/{api.id}:{STAGE}/throttle/~1prices/GET"
    change_plan(api, plan_id, f"{limit}/rateLimit", "0.001")
    plan = change_plan(api, plan_id, f"{limit}/burstLimit", "1")
    assert plan["apiStages"][0]["throttle"] == {"/prices/GET": {"rateLimit": 0.001, "burstLimit": 1}}
    assert [call(api, value, "/prices").status for _ in range(2)] == [200, 429]
    assert [call(api, value, "/houses").status for _ in range(3)] == [200] * 3


def test_a_stage_limits_all_callers_of_a_method(api: Api) -> None:
    def setting(path: str, value: str) -> None:
        patch = {"op": "replace", "path": path, "value": value}
        api.client.update_stage(restApiId=api.id, stageName=STAGE, patchOperations=[patch])

    setting("/~1open/GET/throttling/rateLimit", "0.001")
    setting("/~1open/GET/throttling/burstLimit", "2")
    assert [api.call("/open").status for _ in range(3)] == [200, 200, 429]
    setting("/~1open/GET/throttling/rateLimit", "-1")
    assert api.call("/open").status == 200


def test_a_used_up_quota_is_a_limit_exceeded(api: Api) -> None:
    key_id, value = new_key(api)
    new_plan(api, key_id, quota={"limit": 2, "period": "MONTH"})
    answers = [call(api, value) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[-1].json == {"message": "Limit Exceeded"}
    assert answers[-1].header("x-amzn-ErrorType") == "LimitExceededException"


def test_usage_shows_what_was_used_and_what_is_left(api: Api) -> None:
    key_id, value = new_key(api)
    plan_id = new_plan(api, key_id, quota={"limit": 10, "period": "DAY"})
    today = datetime.now(timezone.utc).date().isoformat()
    for _ in range(3):
        call(api, value)
    usage = api.client.get_usage(usagePlanId=plan_id, startDate=today, endDate=today)
    assert (usage["items"], usage["startDate"]) == ({key_id: [[3, 7]]}, today)


@pytest.mark.parametrize(
    ("first", "last"), [("2015-05-02", "2015-05-01"), ("May", "2015-05-01"), ("2015-01-01", "2015-12-31")]
)
def test_usage_of_days_that_are_none_is_refused(api: Api, first: str, last: str) -> None:
    plan_id = new_plan(api)
    code, _ = refused(api.client.get_usage, usagePlanId=plan_id, startDate=first, endDate=last)
    assert code == "BadRequestException"


def test_a_keys_value_is_shown_only_on_request(api: Api) -> None:
    key_id, value = new_key(api, name=f"shown-{api.id}")
    assert "value" not in api.client.get_api_key(apiKey=key_id)
    assert api.client.get_api_key(apiKey=key_id, includeValue=True)["value"] == value
    (listed,) = api.client.get_api_keys(nameQuery=f"shown-{api.id}", includeValues=True)["items"]
    assert listed["value"] == value
    assert "value" not in api.client.get_api_keys(nameQuery=f"shown-{api.id}")["items"][0]


def test_a_keys_value_can_be_chosen_once(api: Api) -> None:
    wanted = f"value{api.id}{'0' * 20}"
    assert new_key(api, value=wanted)[1] == wanted
    assert refused(api.client.create_api_key, value=wanted) == (
        "ConflictException",
        "API Key already exists",
    )
    code, message = refused(api.client.create_api_key, value="short")
    assert (code, message) == ("BadRequestException", "API Key value should be at least 20 characters")
    assert refused(api.client.create_api_key, value="not a token " * 3)[0] == "BadRequestException"


def test_what_is_missing_is_named(api: Api) -> None:
    key_id, _ = new_key(api)
    plan = ("NotFoundException", "Invalid Usage Plan ID specified")
    key = ("NotFoundException", "Invalid API Key identifier specified")
    add = api.client.create_usage_plan_key
    assert refused(add, usagePlanId="nobody", keyId=key_id, keyType="API_KEY") == plan
    assert refused(add, usagePlanId=new_plan(api), keyId="nobody", keyType="API_KEY") == key
    assert refused(api.client.get_usage_plan, usagePlanId="nobody") == plan
    assert refused(api.client.get_usage_plan_keys, usagePlanId="nobody") == plan
    assert refused(api.client.delete_usage_plan, usagePlanId="nobody") == plan
    for operation in (api.client.get_api_key, api.client.delete_api_key):
        assert refused(operation, apiKey="nobody") == key


def test_a_key_is_in_one_plan_for_a_stage(api: Api) -> None:
    key_id, _ = new_key(api)
    new_plan(api, key_id)
    other = new_plan(api)
    add = api.client.create_usage_plan_key
    assert refused(add, usagePlanId=other, keyId=key_id, keyType="API_KEY")[0] == "ConflictException"


def test_a_plan_is_deleted_once_its_stages_are_detached(api: Api) -> None:
    plan_id = new_plan(api)
    code, message = refused(api.client.delete_usage_plan, usagePlanId=plan_id)
    assert (code, "Detach all API stages" in message) == ("BadRequestException", True)
    change_plan(api, plan_id, "/apiStages", f"{api.id}:{STAGE}", "remove")
    api.client.delete_usage_plan(usagePlanId=plan_id)


def test_a_deleted_api_leaves_its_plans(api: Api) -> None:
    plan_id = new_plan(api)
    api.client.delete_rest_api(restApiId=api.id)
    assert api.client.get_usage_plan(usagePlanId=plan_id)["apiStages"] == []


@pytest.mark.parametrize(
    "members",
    [
        {"name": ""},
        {"name": " "},
        {"quota": {"limit": 0, "period": "DAY"}},
        {"quota": {"limit": 5}},
        {"quota": {"limit": 5, "period": "DAY", "offset": 1}},
        {"quota": {"limit": 5, "period": "WEEK", "offset": 7}},
        {"throttle": {"rateLimit": -1.0, "burstLimit": 5}},
    ],
)
def test_a_plan_without_sense_is_refused(api: Api, members: Any) -> None:
    assert refused(api.client.create_usage_plan, **{"name": "course", **members})[0] == "BadRequestException"


def test_a_plan_of_a_stage_that_is_not_there_is_refused(api: Api) -> None:
    stages = [{"apiId": api.id, "stage": "nowhere"}]
    assert refused(api.client.create_usage_plan, name="x", apiStages=stages)[0] == "NotFoundException"


@pytest.mark.parametrize(
    ("path", "value", "op"),
    [
        ("/quota/period", "YEAR", "replace"),
        ("/throttle/rateLimit", "fast", "replace"),
        ("/throttle/rateLimit", "inf", "replace"),
        ("/nothing", "1", "replace"),
        ("/name", "x", "remove"),
        ("/apiStages", "no-colon", "add"),
    ],
)
def test_a_patch_without_sense_changes_nothing(api: Api, path: str, value: str, op: str) -> None:
    plan_id = new_plan(api)
    before = api.client.get_usage_plan(usagePlanId=plan_id)
    with pytest.raises(api.client.exceptions.BadRequestException):
        change_plan(api, plan_id, path, value, op)
    after = api.client.get_usage_plan(usagePlanId=plan_id)
    assert {**after, "ResponseMetadata": None} == {**before, "ResponseMetadata": None}


def test_a_bucket_fills_again_at_its_rate_and_not_beyond_its_burst() -> None:
    buckets, limit = TokenBuckets(), [("ana", Limit(rate=2.0, burst=4))]
    assert [buckets.take(limit, 100.0) for _ in range(5)] == [True] * 4 + [False]
    assert [buckets.take(limit, 100.5) for _ in range(2)] == [True, False]
    assert [buckets.take(limit, 1000.0) for _ in range(5)] == [True] * 4 + [False]
    assert not buckets.take(limit, 0.0)


def test_no_bucket_loses_a_token_when_another_is_empty() -> None:
    buckets = TokenBuckets()
    wide, narrow = ("wide", Limit(0.0, 3)), ("narrow", Limit(0.0, 1))
    assert [buckets.take([wide, narrow], 0.0) for _ in range(3)] == [True, False, False]
    assert [buckets.take([wide], 0.0) for _ in range(3)] == [True, True, False]


@pytest.mark.parametrize(
    ("quota", "first", "same_period", "next_period"),
    [
        (Quota(1, "DAY"), "2015-05-01T00:00", "2015-05-01T23:59", "2015-05-02T00:00"),
        # 3 May 2015 was a Sunday.
        (Quota(1, "WEEK"), "2015-05-03T00:00", "2015-05-09T23:59", "2015-05-10T00:00"),
        (Quota(1, "WEEK", 3), "2015-05-06T00:00", "2015-05-12T23:59", "2015-05-13T00:00"),
        (Quota(1, "MONTH"), "2015-05-01T00:00", "2015-05-31T23:59", "2015-06-01T00:00"),
        (Quota(1, "MONTH", 14), "2015-01-15T00:00", "2015-02-14T23:59", "2015-02-15T00:00"),
    ],
)
def test_a_quota_begins_anew_with_its_period(
    quota: Quota, first: str, same_period: str, next_period: str
) -> None:
    usage = Usage()
    times = [
        datetime.fromisoformat(f"{each}+00:00").timestamp() for each in (first, same_period, next_period)
    ]
    assert [usage.take("plan", "key", quota, now) for now in times] == [True, False, True]


def test_a_new_plan_holds_from_the_next_request_on(api: Api) -> None:
    key_id, value = new_key(api)
    new_plan(api, key_id)
    assert call(api, value).status == 200
