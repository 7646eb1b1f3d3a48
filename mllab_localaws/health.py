"""Is this the local AWS of my data directory? Asked and answered without saying the secret.

After the local AWS has died, any program of any user may listen on its old port. It learns nothing from the
question, and without the secret it has no answer.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from mllab_localaws.wire.http import HttpReply

PATH = "/_mllab/health"
_NONCE, _PROOF = "x-mllab-nonce", "x-mllab-proof"


@dataclass(frozen=True)
class Question:
    """One question, with a nonce of its own."""

    secret_key: str
    nonce: str

    @classmethod
    def new(cls, secret_key: str) -> Question:
        """Return a question that nobody has asked before."""
        return cls(secret_key, secrets.token_hex(16))

    @property
    def headers(self) -> dict[str, str]:
        """What to send along."""
        return {_NONCE: self.nonce, _PROOF: _proof(self.secret_key, "question", self.nonce)}

    def is_answered_by(self, body: bytes, incarnation: str) -> bool:
        """Say whether these bytes come from the incarnation that knows the secret."""
        try:
            said = json.loads(body)["proof"]
            return hmac.compare_digest(said, _proof(self.secret_key, "answer", self.nonce, incarnation))
        except (ValueError, KeyError, TypeError):
            return False


def answer(headers: Mapping[str, str], secret_key: str, incarnation: str) -> HttpReply:
    """Answer a question; 403 to whoever does not know the secret."""
    nonce = headers.get(_NONCE, "")
    asked = headers.get(_PROOF, "").encode("utf-8", "replace")
    if not hmac.compare_digest(asked, _proof(secret_key, "question", nonce).encode()):
        return HttpReply(403, b"")
    body = json.dumps({"proof": _proof(secret_key, "answer", nonce, incarnation)}).encode()
    return HttpReply(200, body, {"Content-Type": "application/json"})


def _proof(secret_key: str, *said: str) -> str:
    text = json.dumps(said).encode("utf-8", "replace")
    return hmac.new(secret_key.encode(), text, hashlib.sha256).hexdigest()
