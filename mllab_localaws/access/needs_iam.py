"""What requests to IAM need.

Source: the Service Authorization Reference for AWS Identity and Access Management.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.needs_common import (
    Context,
    arn,
    pass_roles,
    present,
    tag_keys,
    text,
    untag_keys,
)
from mllab_localaws.moto_identity import identity_arn

# What an operation is about, by the member that names it: the first that is set, since roles have policies
# and groups have users, not the reverse.
_KINDS = {
    "InstanceProfileName": "instance-profile",
    "GroupName": "group",
    "RoleName": "role",
    "UserName": "user",
    "ServerCertificateName": "server-certificate",
    "VirtualMFADeviceName": "mfa",
    "DelegationRequestId": "delegation-request",
}
_ARNS = (
    "OpenIDConnectProviderArn",
    "PolicyArn",
    "PolicySourceArn",
    "SAMLProviderArn",
    "SerialNumber",
    "Arn",
)
# Without a user name they mean the user who asks.
_OWN = {
    "ChangePassword",
    "CreateAccessKey",
    "CreateLoginProfile",
    "CreateServiceSpecificCredential",
    "DeleteAccessKey",
    "DeleteLoginProfile",
    "DeleteServiceSpecificCredential",
    "DeleteSigningCertificate",
    "GetLoginProfile",
    "GetUser",
    "ListAccessKeys",
    "ListMFADevices",
    "ListServiceSpecificCredentials",
    "ListSigningCertificates",
    "ResetServiceSpecificCredential",
    "UpdateAccessKey",
    "UpdateServiceSpecificCredential",
    "UpdateSigningCertificate",
    "UploadSigningCertificate",
}
# The reference knows no resource for them, AWS's denials do: `on resource: arn:aws:iam::123456789012:role/`.
_LISTS = {
    "ListGroups": "group",
    "ListInstanceProfiles": "instance-profile",
    "ListRoles": "role",
    "ListUsers": "user",
}
# They name a key and a task, not whose these are.
_OF_ANY = {
    "GetAccessKeyLastUsed": "user/*",
    "GetServiceLinkedRoleDeletionStatus": "role/aws-service-role/*",
}
# Nothing of this name is there yet: the path is the request's.
_MADE = {
    "CreateGroup",
    "CreateInstanceProfile",
    "CreateRole",
    "CreateUser",
    "CreateVirtualMFADevice",
    "UploadServerCertificate",
}
# A new name or path needs the permission on what it becomes as well.
_RENAMED = {
    "UpdateGroup": ("GroupName", "NewGroupName"),
    "UpdateServerCertificate": ("ServerCertificateName", "NewServerCertificateName"),
    "UpdateUser": ("UserName", "NewUserName"),
}
# What is created with tags needs the permission to tag it.
_TAGS = {
    "CreateInstanceProfile": "TagInstanceProfile",
    "CreateOpenIDConnectProvider": "TagOpenIDConnectProvider",
    "CreatePolicy": "TagPolicy",
    "CreateRole": "TagRole",
    "CreateSAMLProvider": "TagSAMLProvider",
    "CreateUser": "TagUser",
    "CreateVirtualMFADevice": "TagMFADevice",
    "UploadServerCertificate": "TagServerCertificate",
}


def needed(request: Request) -> list[Access]:
    """Return what a request to IAM needs."""
    operation, params = request.operation, request.params
    resource = _resource(operation, params)
    keys = _keys(operation, params)
    accesses = [Access(f"iam:{operation}", resource, keys)]
    if operation in _TAGS and params.get("Tags"):
        accesses.append(Access(f"iam:{_TAGS[operation]}", resource, tag_keys(params["Tags"])))
    if operation in _RENAMED:
        accesses.append(Access(f"iam:{operation}", _renamed(operation, resource, params)))
    if operation == "AddRoleToInstanceProfile":
        accesses += pass_roles([_named("role", text(params, "RoleName"))], "ec2.amazonaws.com")
    return accesses


def _keys(operation: str, params: Mapping[str, Any]) -> Context:
    keys = {"iam:PermissionsBoundary": text(params, "PermissionsBoundary")}
    if operation.startswith(("Attach", "Detach")):
        keys["iam:PolicyARN"] = text(params, "PolicyArn")
    if operation == "CreateServiceLinkedRole":
        keys["iam:AWSServiceName"] = text(params, "AWSServiceName")
    return {**present(keys), **tag_keys(params.get("Tags")), **untag_keys(params, "TagKeys")}


def _resource(operation: str, params: Mapping[str, Any]) -> str:
    if operation in _LISTS:
        return _pathed(_LISTS[operation], text(params, "PathPrefix"), "")
    if operation in _CREATED:
        return _CREATED[operation](params)
    for member, kind in _KINDS.items():
        name = text(params, member)
        if name:
            return _pathed(kind, text(params, "Path"), name) if operation in _MADE else _named(kind, name)
    if operation in _OF_ANY:
        return arn("iam", "", _OF_ANY[operation])
    if operation in _OWN:
        return arn("iam", "", "user/${aws:username}")
    return text(params, *_ARNS) or "*"


def _named(kind: str, name: str) -> str:
    """Return the ARN of what has this name: requests leave out the path, which is part of the ARN."""
    return identity_arn(kind, name) or _pathed(kind, "", name)


def _renamed(operation: str, resource: str, params: Mapping[str, Any]) -> str:
    member, new_member = _RENAMED[operation]
    name, path = text(params, new_member, member), text(params, "NewPath")
    if path:
        return _pathed(_KINDS[member], path, name)
    return resource.removesuffix(text(params, member)) + name


def _pathed(kind: str, path: str, name: str) -> str:
    return arn("iam", "", f"{kind}{path or '/'}{name}")


def _service_linked_role(params: Mapping[str, Any]) -> str:
    return arn("iam", "", f"role/aws-service-role/{text(params, 'AWSServiceName')}/*")


def _provider(params: Mapping[str, Any]) -> str:
    return arn("iam", "", f"oidc-provider/{text(params, 'Url').partition('://')[2]}")


_CREATED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "CreateOpenIDConnectProvider": _provider,
    "CreatePolicy": lambda params: _pathed("policy", text(params, "Path"), text(params, "PolicyName")),
    "CreateSAMLProvider": lambda params: _pathed("saml-provider", "", text(params, "Name")),
    "CreateServiceLinkedRole": _service_linked_role,
}
