"""What requests to Service Quotas need.

Source: the Service Authorization Reference for Service Quotas: what only reads quotas names no resource.
"""

from __future__ import annotations

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import unknown

_READING = ("GetServiceQuota", "ListServiceQuotas")


def needed(request: Request) -> list[Access]:
    """Return what a request to Service Quotas needs.

    Raises: LookupError: no rule covers the operation.
    """
    if request.operation not in _READING:
        raise unknown(request)
    return [Access(f"servicequotas:{request.operation}", "*")]
