"""Lends a role's credentials to other programs of this machine, the way a container on AWS gets its own.

Whoever lends keeps their own keys: the programs ask on loopback, with a token, and ask again before the
credentials end. https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
"""

from __future__ import annotations

import hmac
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3

# Where a client looks before it asks for lent credentials; None takes a variable away.
_NOTHING_ELSE: dict[str, str | None] = {
    "AWS_ACCESS_KEY_ID": None,
    "AWS_SECRET_ACCESS_KEY": None,
    "AWS_SESSION_TOKEN": None,
    "AWS_PROFILE": None,
    "AWS_DEFAULT_PROFILE": None,
    "AWS_WEB_IDENTITY_TOKEN_FILE": None,
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": None,
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": None,
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@contextmanager
def lent_role(owner: boto3.Session, role_arn: str, name: str) -> Iterator[dict[str, str | None]]:
    """Lend a role for as long as the block lasts.

    Args: owner: whose identity may assume the role; name: of the role session.
    Yields: what to set in another program's environment; None means to take the variable away.
    """
    sts, token = owner.client("sts"), secrets.token_urlsafe(32)

    class Lender(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = self.headers.get("Authorization", "")
            if self.path != "/" or not hmac.compare_digest(given.encode(), token.encode()):
                self.send_error(403)
                return
            body = json.dumps(_credentials(sts, role_arn, name)).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing: who asked is of no interest."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Lender)
    threading.Thread(target=server.serve_forever, name="lent-credentials", daemon=True).start()
    try:
        address = f"http://127.0.0.1:{server.server_port}/"
        asked_there = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": address,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": token,
        }
        yield {**_NOTHING_ELSE, **asked_there}
    finally:
        server.shutdown()
        server.server_close()


def _credentials(sts: Any, role_arn: str, name: str) -> dict[str, str]:
    given = sts.assume_role(RoleArn=role_arn, RoleSessionName=name)["Credentials"]
    return {
        "AccessKeyId": given["AccessKeyId"],
        "SecretAccessKey": given["SecretAccessKey"],
        "Token": given["SessionToken"],
        "Expiration": given["Expiration"].isoformat(),
    }
