"""Dashboards: JSON documents that CloudWatch checks, keeps and gives back.

Structure: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

import json
import re
from typing import Any

from mllab_localaws.cloudwatch import tagging
from mllab_localaws.cloudwatch.dashboard_body import Finding, findings
from mllab_localaws.cloudwatch.errors import invalid, missing
from mllab_localaws.cloudwatch.paging import page_after
from mllab_localaws.platform import ACCOUNT, Platform
from mllab_localaws.store import AlreadyExistsError, Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError

_KIND = "dashboard"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_DASHBOARDS_PER_PAGE = 1000
_ENTRY = ("DashboardName", "DashboardArn", "LastModified", "Size")


class Dashboards(Service):
    """PutDashboard, GetDashboard, ListDashboards, DeleteDashboards."""

    name = "cloudwatch"

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @operation
    def put_dashboard(self, call: Call) -> Reply:
        """Create or replace a dashboard; what is odd in it but harmless is told."""
        name, body = call.params["DashboardName"], call.params["DashboardBody"]
        if not _NAME.fullmatch(name):
            raise invalid(
                f"The value {name} for parameter DashboardName is invalid: "
                "letters, digits, - and _, at most 255."
            )
        tags = tagging.check(call.params.get("Tags", ()))
        errors, warnings = findings(body)
        if errors:
            raise _invalid_body(errors)
        record = {
            "DashboardName": name,
            "DashboardArn": _arn(name),
            "DashboardBody": body,
            "LastModified": self._platform.clock.now(),
            "Size": len(body.encode()),
        }
        try:
            self._platform.store.insert(_KIND, call.region, name, record)
            tagging.attach(self._platform.store, call.region, _arn(name), tags)
        except AlreadyExistsError:
            self._platform.store.update(_KIND, call.region, name, **record)
        return {"DashboardValidationMessages": [_message(warning) for warning in warnings]}

    @operation
    def get_dashboard(self, call: Call) -> Reply:
        """Return a dashboard's body as it was put."""
        record = self._platform.store.get(_KIND, call.region, call.params["DashboardName"])
        if record is None:
            raise _not_found(call.params["DashboardName"])
        return {name: record[name] for name in ("DashboardName", "DashboardArn", "DashboardBody")}

    @operation
    def list_dashboards(self, call: Call) -> Reply:
        """Return dashboards by name."""
        prefix = call.params.get("DashboardNamePrefix", "")
        chosen: list[tuple[str, Record]] = [
            (record["DashboardName"], {member: record[member] for member in _ENTRY})
            for record in self._platform.store.list(_KIND, call.region)
            if record["DashboardName"].startswith(prefix)
        ]
        entries, token = page_after(chosen, call.params.get("NextToken"), _DASHBOARDS_PER_PAGE)
        return {"DashboardEntries": entries, **token}

    @operation
    def delete_dashboards(self, call: Call) -> Reply:
        """Delete dashboards, all of them or, when one does not exist, none."""
        names = call.params["DashboardNames"]
        if not names:
            raise missing("DashboardNames")
        absent = [name for name in names if self._platform.store.get(_KIND, call.region, name) is None]
        if absent:
            raise _not_found(", ".join(absent))
        for name in names:
            self._platform.store.delete(_KIND, call.region, name)
            tagging.detach(self._platform.store, call.region, _arn(name))
        return {}


def _arn(name: str) -> str:
    # Dashboards belong to no region; here each region has its own.
    return f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/{name}"


def _invalid_body(errors: list[Finding]) -> AwsError:
    messages = [_message(error) for error in errors]
    text = f"The dashboard body is invalid, there are {len(errors)} validation errors: {json.dumps(messages)}"
    return AwsError("DashboardInvalidInputError", text, members={"dashboardValidationMessages": messages})


def _message(finding: Finding) -> dict[str, Any]:
    return {"DataPath": finding.path, "Message": finding.message}


def _not_found(name: str) -> AwsError:
    return AwsError("DashboardNotFoundError", f"Dashboard {name} does not exist", status=404)
