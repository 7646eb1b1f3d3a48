"""Whether the account may use as many machines as the notebooks do, and which others it may use instead.

https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from mllab_helpers import prices
from mllab_helpers.aws_errors import explain_no_answer, explain_refusal, is_denial
from mllab_helpers.doctor.findings import OK, STOP, WARNING, Finding
from mllab_helpers.texts import say

if TYPE_CHECKING:
    from mllab_helpers.lab.lab import Lab

# How Service Quotas names what machines are used for.
TRAINING, PROCESSING = "training job usage", "processing job usage"
ENDPOINT, NOTEBOOK = "endpoint usage", "notebook instance usage"
WORKBENCH = "ml.t3.medium"


@dataclass(frozen=True)
class Need:
    """How many machines a notebook uses at once; an empty type stands for the parameter `instance_type`.

    Attributes: part: of notebook 05 in which it does, empty for all.
    """

    usage: str
    count: int
    instance_type: str = ""
    part: str = ""


# Two machines serve while an endpoint is updated, and while the JSON endpoint of 03 stands beside the first.
NEEDS: Mapping[str, tuple[Need, ...]] = {
    "02": (Need(TRAINING, 1), Need(NOTEBOOK, 1, WORKBENCH)),
    "03": (Need(ENDPOINT, 2),),
    "05": (
        Need(TRAINING, 2, part="b"),
        Need(TRAINING, 1, part="c"),
        Need(PROCESSING, 1, part="c"),
        Need(ENDPOINT, 2, part="c"),
    ),
}


def check_quotas(
    lab: Lab, notebooks: Iterable[str], *, instance_type: str = "ml.m5.large", parts: str = "abc"
) -> list[Finding]:
    """Hold what notebooks use at once against the account's quotas.

    Args: notebooks: their two digits; parts: of notebook 05.
    Returns: one finding per kind of use.
    """
    wanted = _most_at_once(notebooks, instance_type, parts)
    if not wanted:
        return []
    try:
        quotas = _quotas(lab)
    except (ClientError, BotoCoreError) as error:  # what cannot be asked stops nobody
        if isinstance(error, BotoCoreError):
            advice = str(explain_no_answer(error))
        else:
            advice = say("doctor.quotas_unknown_advice") if is_denial(error) else str(explain_refusal(error))
        return [Finding(WARNING, say("doctor.quotas_unknown"), advice)]
    return [_judge(quotas, usage, machine, count) for (usage, machine), count in wanted.items()]


def _most_at_once(notebooks: Iterable[str], instance_type: str, parts: str) -> dict[tuple[str, str], int]:
    wanted: dict[tuple[str, str], int] = {}
    for need in (each for notebook in notebooks for each in NEEDS.get(notebook, ())):
        if not need.part or need.part in parts:
            use = need.usage, need.instance_type or instance_type
            wanted[use] = max(wanted.get(use, 0), need.count)
    return wanted


def _judge(quotas: Mapping[str, float], usage: str, machine: str, count: int) -> Finding:
    name = f"{machine} for {usage}"
    if name not in quotas:
        return Finding(WARNING, say("doctor.quota_missing", name=name, count=count))
    if quotas[name] >= count:
        return Finding(OK, say("doctor.quota", name=name, value=f"{quotas[name]:.0f}", count=count))
    known = prices.types(prices.LIST_OF_USAGE[usage])
    others = [other for other in known if quotas.get(f"{other} for {usage}", 0) >= count]
    fallback = say("doctor.quota_others", others=", ".join(others)) if others else say("doctor.quota_none")
    text = say("doctor.quota_short", name=name, value=f"{quotas[name]:.0f}", count=count)
    return Finding(STOP, text, f"{fallback} {say('doctor.quota_advice')}")


def _quotas(lab: Lab) -> dict[str, float]:
    """Return SageMaker's quotas by name: AWS has thousands, in pages of a hundred."""
    pages = lab.client("service-quotas").get_paginator("list_service_quotas")
    asked = pages.paginate(ServiceCode="sagemaker", PaginationConfig={"PageSize": 100})
    return {quota["QuotaName"]: quota["Value"] for page in asked for quota in page["Quotas"]}
