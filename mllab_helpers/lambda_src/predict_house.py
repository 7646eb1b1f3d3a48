"""The Lambda function: a house as a person describes it comes in as JSON, its price goes out as JSON.

API Gateway hands over an event whose `body` is text (proxy integration) and takes back an object with
`statusCode`, `headers` and `body`, again text; any other key, or a body that is no text, becomes a 502. So
every answer, errors too, is made in one place. Environment: `ENDPOINT_NAME`; optional `MESSAGE_LANGUAGE`
(`es` or `en`) and `ALLOWED_ORIGIN` (of browsers, `*` by default).

https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html
"""

from __future__ import annotations

import base64
import json
import logging
import math
import os
from datetime import datetime, timezone
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
from botocore.exceptions import ConnectionError as ConnectionFailed

from mllab_helpers import texts
from mllab_helpers.housing.errors import HouseIncomplete
from mllab_helpers.housing.features import csv_row, model_row
from mllab_helpers.texts import say

# A house takes under one kilobyte; whoever sends this much sends something else.
LARGEST_BODY = 16 * 1024  # characters
# Made once per copy of the function, not once per request. Two attempts, at worst 2 x (2 + 5) seconds and a
# pause, end before the function's own 20 seconds are over, and those before API Gateway's 29.
RUNTIME = boto3.client(
    "sagemaker-runtime",
    config=Config(connect_timeout=2, read_timeout=5, retries={"mode": "standard", "total_max_attempts": 2}),
)
HEADERS = {
    "Content-Type": "application/json",
    "Access-Control-Allow-Origin": os.environ.get("ALLOWED_ORIGIN", "*"),
}
LOG = logging.getLogger(__name__)
_BUSY = frozenset({"ThrottlingException", "ServiceUnavailable", "ModelNotReadyException"})

if "MESSAGE_LANGUAGE" in os.environ:
    texts.use(os.environ["MESSAGE_LANGUAGE"])


class Refusal(Exception):
    """A request that gets no price: the HTTP status and the reason in the caller's words."""

    def __init__(self, status: int, key: str, **values: object) -> None:
        super().__init__(say(f"predict_house.{key}", **values))
        self.status = status


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer one request; never raises, so that API Gateway always gets what it can read."""
    request = context.aws_request_id
    try:
        house = read_house(event)
        row = csv_row(model_row(house))
        price = ask_endpoint(row)
    except HouseIncomplete as incomplete:
        return answer(400, {"message": str(incomplete)}, request)
    except Refusal as refusal:
        return answer(refusal.status, {"message": str(refusal)}, request)
    except Exception:
        LOG.exception("not foreseen")
        return answer(500, {"message": say("predict_house.unforeseen", request=request)}, request)
    return answer(200, {"price_usd": round(price, 2), "date": house["date"]}, request)


def read_house(event: dict[str, Any]) -> dict[str, Any]:
    """Return the house in a request's body; without a date, today's (UTC) is meant.

    Raises: Refusal: 400 for what is no JSON object, 413 for what is far too long.
    """
    body = event.get("body")
    if not isinstance(body, str) or not body.strip():
        raise Refusal(400, "no_body")
    if len(body) > LARGEST_BODY:
        raise Refusal(413, "too_long", found=len(body), most=LARGEST_BODY)
    try:
        if event.get("isBase64Encoded"):
            body = base64.b64decode(body, validate=True).decode()
        house = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, "no_json", reason=error) from None
    if not isinstance(house, dict):
        raise Refusal(400, "no_object")
    return {"date": datetime.now(timezone.utc).date().isoformat()} | house


def ask_endpoint(row: str) -> float:
    """Return the price (USD) that the endpoint gives for one row of CSV.

    Raises: Refusal: 502, 503 or 504, by whose fault it is.
    """
    try:
        reply = RUNTIME.invoke_endpoint(
            EndpointName=os.environ["ENDPOINT_NAME"], ContentType="text/csv", Body=row
        )
        said = reply["Body"].read().decode()
    except ClientError as error:
        LOG.error("%s", error)  # noqa: TRY400  # the trace holds nothing that the message does not
        raise _blame(error.response["Error"]["Code"]) from error
    except (HTTPClientError, ConnectionFailed) as error:
        LOG.error("%s", error)  # noqa: TRY400  # as above: its message says it all
        raise Refusal(504, "endpoint_silent") from error
    except BotoCoreError as error:
        LOG.exception("the endpoint was not asked")
        raise Refusal(500, "misconfigured") from error
    try:
        price = float(said)
    except ValueError:
        price = math.nan
    if not math.isfinite(price):
        LOG.error("the endpoint said %.200r", said)
        raise Refusal(502, "no_price")
    return price


def answer(status: int, content: dict[str, Any], request: str) -> dict[str, Any]:
    """Return what API Gateway turns into an HTTP response: these keys, and no others."""
    headers = HEADERS | {"X-Lambda-Request-Id": request}
    body = json.dumps(content, ensure_ascii=False)
    return {"statusCode": status, "headers": headers, "body": body}


def _blame(code: str) -> Refusal:
    if code == "ValidationError":
        return Refusal(503, "endpoint_gone")
    if code == "ModelError":
        return Refusal(502, "no_price")
    if code in _BUSY:
        return Refusal(503, "endpoint_busy")
    return Refusal(500, "misconfigured")


def _refuse_constant(word: str) -> float:
    raise ValueError(say("predict_house.no_number", word=word))
