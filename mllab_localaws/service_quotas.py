"""Service Quotas: what an account may use of SageMaker.

https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/Welcome.html
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from mllab_localaws.platform import ACCOUNT, Platform
from mllab_localaws.quotas import Quota, quotas
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError
from mllab_localaws.wire.validation import refuse_others

SERVICE = "sagemaker"
_PAGE = 100


class ServiceQuotas(Service):
    """ListServiceQuotas and GetServiceQuota."""

    name = "service-quotas"

    def __init__(self, platform: Platform) -> None:
        self._home = platform.settings.home

    @operation
    def list_service_quotas(self, call: Call) -> Reply:
        """Return the quotas in pages, by name.

        Raises: AwsError: `NoSuchResourceException`, `InvalidPaginationTokenException`.
        """
        refuse_others(call.params, ("ServiceCode", "NextToken", "MaxResults"), "ListServiceQuotas", _illegal)
        found = self._quotas(call)
        begin, size = _offset(call.params.get("NextToken")), call.params.get("MaxResults", _PAGE)
        following = {"NextToken": _token(begin + size)} if begin + size < len(found) else {}
        return {"Quotas": [_shown(each, call.region) for each in found[begin : begin + size]], **following}

    @operation
    def get_service_quota(self, call: Call) -> Reply:
        """Return one quota.

        Raises: AwsError: `NoSuchResourceException`.
        """
        refuse_others(call.params, ("ServiceCode", "QuotaCode"), "GetServiceQuota", _illegal)
        for quota in self._quotas(call):
            if quota.code == call.params["QuotaCode"]:
                return {"Quota": _shown(quota, call.region)}
        raise _nothing()

    def _quotas(self, call: Call) -> list[Quota]:
        if call.params["ServiceCode"] != SERVICE:
            raise _nothing()
        return quotas(self._home)


def _shown(quota: Quota, region: str) -> dict[str, Any]:
    return {
        "ServiceCode": SERVICE,
        "ServiceName": "Amazon SageMaker",
        "QuotaArn": f"arn:aws:servicequotas:{region}:{ACCOUNT}:{SERVICE}/{quota.code}",
        "QuotaCode": quota.code,
        "QuotaName": quota.name,
        "Value": float(quota.value),
        "Unit": "None",
        "Adjustable": True,
        "GlobalQuota": False,
        "QuotaAppliedAtLevel": "ACCOUNT",
    }


def _nothing() -> AwsError:
    return AwsError(
        "NoSuchResourceException", "The request failed because the specified quota doesn't exist."
    )


def _illegal(message: str) -> AwsError:
    return AwsError("IllegalArgumentException", message)


def _token(position: int) -> str:
    return base64.b64encode(str(position).encode()).decode()


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        text = base64.b64decode(token, validate=True).decode()
    except (binascii.Error, ValueError):
        text = ""
    if not (text.isascii() and text.isdigit()) or len(text) > 9:
        raise AwsError("InvalidPaginationTokenException", "Invalid input was provided.")
    return int(text)
