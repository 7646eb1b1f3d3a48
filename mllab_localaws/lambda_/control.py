"""Functions as resources: create, look at, update, delete."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mllab_localaws.caller import Caller
from mllab_localaws.lambda_ import configuration, runtime_directory
from mllab_localaws.lambda_.code import CodeStore, Package, fetch
from mllab_localaws.lambda_.names import KIND, arn, conflict, find, function_name, invalid, not_found
from mllab_localaws.lambda_.tags import check_tags
from mllab_localaws.platform import Platform
from mllab_localaws.store import AlreadyExistsError, Record
from mllab_localaws.wire.call import Call, Reply, Service, operation
from mllab_localaws.wire.errors import AwsError, not_implemented
from mllab_localaws.wire.validation import refuse_others

_CODE = ("ZipFile", "S3Bucket", "S3Key")
_LISTED = 50

# Told of a record that is a thing of the past, and whether its code is one as well.
Retire = Callable[[Record, bool], None]


class FunctionControl(Service):
    """Create, Get, List, Update and Delete.

    Args:
        retire: ends the processes of a past revision, each as it falls idle.
    """

    name = "lambda"

    def __init__(self, platform: Platform, code: CodeStore, retire: Retire) -> None:
        self._platform = platform
        self._code = code
        self._retire = retire

    @operation
    def create_function(self, call: Call) -> Reply:
        """Unpack the code and make a function of it; it is there to be invoked at once.

        Raises: AwsError: `InvalidParameterValueException`, or `ResourceConflictException` for a taken name.
        """
        params, region = call.params, call.region
        if absent := runtime_directory.missing():
            needed = f"CreateFunction without the Python package {', '.join(absent)}, which runs functions"
            raise not_implemented("lambda", needed)
        name = function_name(params["FunctionName"], region)
        settings = configuration.check(
            params,
            self._platform,
            "CreateFunction",
            ("FunctionName", "Code", "PackageType", "Architectures", "Tags"),
        )
        _check_package_type(params, settings)
        check_tags(params.get("Tags") or {})
        if self._platform.store.get(KIND, region, name) is not None:
            raise _taken(name)
        package = self._add_code(params["Code"], call.caller, "Code")
        record = configuration.new_record(region, name, settings, package, params)
        record = configuration.revised(record, self._platform.clock.now())
        try:
            self._platform.store.insert(KIND, region, name, record)
        except AlreadyExistsError as error:
            self._code.remove(package.code_id)
            raise _taken(name) from error
        reason = {"StateReason": "The function is being created.", "StateReasonCode": "Creating"}
        # LastUpdateStatus belongs to functions that have been created.
        shown = configuration.described(record, State="Pending", **reason)
        return {member: value for member, value in shown.items() if member != "LastUpdateStatus"}

    @operation
    def get_function(self, call: Call) -> Reply:
        """Return a function's configuration, its tags, and where its zip can be downloaded."""
        record = self._found(call)
        location = f"{self._platform.settings.endpoint_url}/_lambda/code/{record['CodeId']}"
        reserved = record["Reserved"]
        return {
            "Configuration": configuration.described(record),
            "Code": {"RepositoryType": "S3", "Location": location},
            **({"Tags": record["Tags"]} if record["Tags"] else {}),
            **({} if reserved is None else {"Concurrency": {"ReservedConcurrentExecutions": reserved}}),
        }

    @operation
    def get_function_configuration(self, call: Call) -> Reply:
        """Return a function's configuration."""
        return configuration.described(self._found(call))

    @operation
    def list_functions(self, call: Call) -> Reply:
        """Return functions by name, a page at a time.

        Raises: AwsError: `InvalidParameterValueException`, a marker that is none.
        """
        records = self._platform.store.list(KIND, call.region)
        marker = call.params.get("Marker")
        if marker:
            if not any(record["Name"] == marker for record in records):
                raise invalid("Invalid pagination token")
            records = [record for record in records if record["Name"] > marker]
        size = min(call.params.get("MaxItems") or _LISTED, _LISTED)
        page = [configuration.described(record) for record in records[:size]]
        for each in page:  # a listing says nothing of states
            for member in ("State", "LastUpdateStatus"):
                del each[member]
        more = {"NextMarker": page[-1]["FunctionName"]} if len(records) > size else {}
        return {"Functions": page, **more}

    @operation
    def update_function_code(self, call: Call) -> Reply:
        """Replace the code; invocations under way end with the old one."""
        params = call.params
        known = {*_CODE, "FunctionName", "Architectures", "DryRun", "RevisionId"}
        refuse_others(params, known, "UpdateFunctionCode")
        record = self._found(call)
        _check_revision(record, params)
        source = {name: params[name] for name in _CODE if name in params}
        package = self._add_code(source, call.caller, "UpdateFunctionCode")
        if params.get("DryRun"):
            self._code.remove(package.code_id)
            shown = {**record, **configuration.with_package(package)}
            return configuration.described(shown)
        try:
            return self._revise(
                call,
                lambda record: {
                    **record,
                    **configuration.with_package(package),
                    "Architectures": params.get("Architectures") or record["Architectures"],
                },
            )
        except BaseException:
            self._code.remove(package.code_id)
            raise

    @operation
    def update_function_configuration(self, call: Call) -> Reply:
        """Change settings; the next invocation starts a new process with them."""
        settings = configuration.check(
            call.params, self._platform, "UpdateFunctionConfiguration", ("FunctionName", "RevisionId")
        )
        return self._revise(call, lambda record: {**record, "Settings": {**record["Settings"], **settings}})

    @operation
    def delete_function(self, call: Call) -> Reply:
        """Forget a function, its policy and its code; its log stays."""
        record = self._found(call)
        if not self._platform.store.delete(KIND, call.region, record["Name"]):
            raise not_found(arn(call.region, record["Name"]))
        self._retire(record, True)
        return {}

    def _found(self, call: Call) -> Record:
        return find(
            self._platform.store, call.region, call.params["FunctionName"], call.params.get("Qualifier")
        )

    def _add_code(self, source: Any, caller: Caller, where: str) -> Package:
        refuse_others(source, _CODE, where)
        return self._code.add(fetch(self._platform.objects, caller, source))

    def _revise(self, call: Call, change: Callable[[Record], Record]) -> Reply:
        """Change a function's record in one step, and end its processes as they fall idle."""
        before = self._found(call)

        def changed(record: Record) -> Record:
            _check_revision(record, call.params)
            nonlocal before
            before = record
            return configuration.revised(change(record), self._platform.clock.now())

        record = self._platform.store.modify(KIND, call.region, before["Name"], changed)
        if record is None:
            raise not_found(before["Arn"])
        self._retire(before, before["CodeId"] != record["CodeId"])
        return configuration.described(
            record,
            LastUpdateStatus="InProgress",
            LastUpdateStatusReason="The function is being created.",
        )


def _check_package_type(params: configuration.Params, settings: configuration.Params) -> None:
    if params.get("PackageType", "Zip") != "Zip":
        raise invalid("The local AWS runs functions from zip files, not from container images.")
    if not settings.get("Runtime") or not settings.get("Handler"):
        raise invalid(
            "Runtime and Handler are mandatory parameters for functions created with deployment packages."
        )


def _check_revision(record: Record, params: configuration.Params) -> None:
    if params.get("RevisionId") not in (None, record["RevisionId"]):
        raise AwsError(
            "PreconditionFailedException",
            "The Revision Id provided does not match the latest Revision Id. Call the GetFunction or the "
            "GetFunctionConfiguration API to retrieve the latest Revision Id",
            status=412,
        )


def _taken(name: str) -> AwsError:
    return conflict(f"Function already exist: {name}")
