"""What requests to the Resource Groups Tagging API need.

Source: the Service Authorization Reference for Amazon Resource Group Tagging API: no resource can be named.
"""

from __future__ import annotations

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import unknown


def needed(request: Request) -> list[Access]:
    """Return what a request to the Resource Groups Tagging API needs.

    Raises: LookupError: no rule covers the operation.
    """
    if request.operation != "GetResources":
        raise unknown(request)
    return [Access("tag:GetResources", "*")]
