"""The guard at the gateway: who has signed, may they, and what has to be forgotten afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mllab_localaws.access import authentication, refusals
from mllab_localaws.access.authentication import Authenticator
from mllab_localaws.access.authorizer import Authorizer
from mllab_localaws.access.model import Access, Request
from mllab_localaws.access.record import AccessRecord
from mllab_localaws.access.signatures import Signature
from mllab_localaws.addressing import in_path_form
from mllab_localaws.asgi import Exchange
from mllab_localaws.caller import Caller
from mllab_localaws.moto_backend import is_region
from mllab_localaws.moto_identity import Credentials
from mllab_localaws.platform import Platform
from mllab_localaws.resource_policies import ResourcePolicies
from mllab_localaws.resource_tags import ResourceTags
from mllab_localaws.wire.errors import AwsError

# Whose writes may change a policy, or what somebody else's policy is about.
_WITH_POLICIES = ("iam", "s3", "lambda", "sns", "sqs")
_HARMLESS = (
    *("Get", "Head", "List", "Describe", "Simulate", "Publish", "Send", "Receive", "Invoke"),
    *("DeleteMessage", "ChangeMessage", "PutObject", "DeleteObject", "UploadPart", "CopyObject"),
    *("CreateMultipart", "CompleteMultipart", "AbortMultipart"),
)


@dataclass(frozen=True)
class Signer:
    """A request whose key is known, on its way to be verified.

    Attributes: spoken: the protocol in which it is refused.
    """

    asked: Exchange
    signature: Signature
    credentials: Credentials
    spoken: str
    authenticator: Authenticator

    @property
    def service(self) -> str:
        """The signing name."""
        return self.signature.service

    @property
    def region(self) -> str:
        """The region that was signed for."""
        return self.signature.region

    @property
    def caller(self) -> Caller:
        """The owner of the key."""
        return self.credentials.caller

    def verify(self, body_hash: str) -> None:
        """Prove that the owner of the key has signed the request with this body.

        Raises: AwsError: somebody else has, or it was changed.
        """
        self.authenticator.verify(self.asked, self.signature, self.credentials, self.spoken, body_hash)

    def verify_s3(self) -> str:
        """Prove the same of a request to S3, and return what it says of its body.

        Raises: AwsError: as above, or it says nothing.
        """
        said = authentication.s3_body_hash(self.asked, self.signature)
        self.verify(said)
        if (
            self.signature.version == 2
            and not in_path_form(self.asked).path.removeprefix("/").partition("/")[2]
        ):
            # It covers too few sub-resources: with one taken away it would sign the deletion of a bucket.
            raise refusals.wrong_signature(self.spoken)
        return said


class Guard:
    """Authenticates and authorises in front of every service."""

    def __init__(self, platform: Platform, record: AccessRecord) -> None:
        roles, clock = platform.roles, platform.clock
        self._authenticator = Authenticator(roles.credentials, clock)
        self._authorizer = Authorizer(
            roles.identity, ResourcePolicies(platform), ResourceTags(platform), record, clock
        )

    def identify(self, asked: Exchange, spoken: str) -> Signer:
        """Return whom a request names as its signer; its body has not been read.

        Raises: AwsError: it is not signed, or by a key, at a time or for a region that cannot be.
        """
        signature = asked.signed
        if signature is None:
            if "x-amz-target" in asked.headers:
                message = "Request is missing Authentication Token"
                raise AwsError("MissingAuthenticationToken", message, status=403)
            raise AwsError("AccessDenied", "Access Denied", status=403)
        credentials = self._authenticator.identify(asked, signature, spoken)
        if not is_region(signature.region):
            message = f"Credential should be scoped to a valid region, not '{signature.region}'."
            if signature.service == "s3":
                raise AwsError("AuthorizationHeaderMalformed", message)
            raise refusals.wrong_signature(spoken, message)
        return Signer(asked, signature, credentials, spoken, self._authenticator)

    def authorize(self, signer: Signer, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Let a verified request through, or not.

        Args: service: boto3's name of the client.
        Raises: AwsError: AWS's refusal.
        """
        self._authorizer.authorize(signer.caller, Request(service, operation, params, signer.region))

    def hide_missing(self, signer: Signer, bucket: str) -> None:
        """Tell only those who may list a bucket that an object of it is not there.

        Raises: AwsError: `AccessDenied`, as S3's page on GetObject says.
        """
        listing = Access("s3:ListBucket", f"arn:aws:s3:::{bucket}")
        self._authorizer.require(signer.caller, "s3", listing, signer.region)

    def after(self, service: str, operation: str) -> None:
        """Forget what an operation may have changed; to be called when it is done."""
        if service in _WITH_POLICIES and not operation.startswith(_HARMLESS):
            self._authorizer.forget()
            if service == "iam":
                self._authenticator.forget()
