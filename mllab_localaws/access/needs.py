"""Which permissions a request needs: every operation that the local AWS answers or asks for has a rule."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from mllab_localaws.access import (
    needs_apigateway,
    needs_cloudwatch,
    needs_ecr,
    needs_events,
    needs_iam,
    needs_lambda,
    needs_logs,
    needs_messaging,
    needs_s3,
    needs_sagemaker,
    needs_scheduler,
    needs_service_quotas,
    needs_sts,
    needs_tagging,
)
from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import unknown
from mllab_localaws.wire import models

_RULES: Mapping[str, Callable[[Request], list[Access]]] = {
    "apigateway": needs_apigateway.needed,
    "cloudwatch": needs_cloudwatch.needed,
    "ecr": needs_ecr.needed,
    "events": needs_events.needed,
    "iam": needs_iam.needed,
    "lambda": needs_lambda.needed,
    "logs": needs_logs.needed,
    "resourcegroupstaggingapi": needs_tagging.needed,
    "s3": needs_s3.needed,
    "sagemaker": needs_sagemaker.needed,
    "sagemaker-runtime": needs_sagemaker.needed_to_invoke,
    "scheduler": needs_scheduler.needed,
    "service-quotas": needs_service_quotas.needed,
    "sns": needs_messaging.needed_of_topics,
    "sqs": needs_messaging.needed_of_queues,
    "sts": needs_sts.needed,
}


def needed(request: Request) -> list[Access]:
    """Return every permission that a request needs, all of which its caller must have.

    An empty list means that AWS lets any authenticated caller do it. Where a request means its own user
    (`GetUser` without a name), the resource ends in the policy variable `${aws:username}`, to be filled in
    by whoever knows the caller.

    Raises: LookupError: no rule covers the operation.
    """
    rule = _RULES.get(request.service)
    if rule is None or request.operation not in models.service_model(request.service).operation_names:
        raise unknown(request)
    return rule(request)
