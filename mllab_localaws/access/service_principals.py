"""AWS's services as askers: what is known of their requests, and whether a resource's policy lets them in."""

from __future__ import annotations

from mllab_localaws.access import evaluation
from mllab_localaws.access.evaluation import PolicyDocument, Question
from mllab_localaws.access.patterns import Context
from mllab_localaws.access.principals import Principal
from mllab_localaws.platform import ACCOUNT


def service_is_allowed(
    document: PolicyDocument, service: str, action: str, source_arn: str, resource: str = "*"
) -> bool:
    """Decide by a resource's own policy whether a service may act on it, on behalf of a source.

    Args:
        document: the policy of a function, queue, topic or role.
        service: e.g. `apigateway.amazonaws.com`.
        action: e.g. `lambda:InvokeFunction`.
        source_arn: what the service acts for, e.g. a rule; conditions compare it and the account in it.
        resource: its ARN, where the policy's `Resource` has to name it.
    """
    question = Question(Principal(service=service), action, resource, _context(service, source_arn))
    return evaluation.service_is_allowed(document, question)


def _context(service: str, source_arn: str) -> Context:
    """Return what is known of a service's request; loopback counts as TLS."""
    parts = source_arn.split(":")
    # A bucket's ARN names no account, yet S3 says whose it is.
    account = (parts[4] or ACCOUNT) if len(parts) > 5 else ""
    context = {
        "aws:sourcearn": source_arn,
        "aws:sourceaccount": account,
        "aws:securetransport": "true",
        "aws:principalisawsservice": "true",
    }
    if service == "cloudwatch.amazonaws.com":
        # An alarm publishes for the account that owns it, which is what a topic's first policy asks for.
        context["aws:sourceowner"] = account
    return {key: (value,) for key, value in context.items() if value}
