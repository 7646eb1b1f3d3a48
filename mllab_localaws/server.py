"""The background process: builds the local AWS in an empty memory and serves it on loopback.

Run by `daemon.start` as `python -m mllab_localaws.server --home DIR --port N`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import fcntl
import logging
import os
import secrets
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import uvicorn
import uvloop
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mllab_localaws import orphans
from mllab_localaws.access.authorizer import Authorizer
from mllab_localaws.access.record import AccessRecord
from mllab_localaws.app import Gateway
from mllab_localaws.asgi import HEADERS_AS_SENT
from mllab_localaws.clock import SystemClock
from mllab_localaws.cloudwatch.metric_store import MetricStore
from mllab_localaws.events.bus import EventBus
from mllab_localaws.events.deliveries import Deliveries
from mllab_localaws.files import ACCESS_FILE, FORGOTTEN, Connection, Keys, read_keys, remove, write_connection
from mllab_localaws.hold import Changes, Holder
from mllab_localaws.leash import Leash
from mllab_localaws.moto_backend import Logs, Objects
from mllab_localaws.moto_identity import Roles
from mllab_localaws.platform import Platform, Settings
from mllab_localaws.resource_policies import ResourcePolicies
from mllab_localaws.resource_tags import ResourceTags
from mllab_localaws.services import Services
from mllab_localaws.store import Store

LOOPBACK = "127.0.0.1"
TAKEN_BUCKET = "sagemaker-sample-files"  # on AWS it is AWS's own


class LocalAws:
    """One running local AWS: the platform, its services and the gateway in front of them."""

    def __init__(self, home: Path, endpoint_url: str, keys: Keys) -> None:
        for name in FORGOTTEN:
            remove(home / name)
        self.incarnation = secrets.token_hex(8)
        self.changes = Changes()
        self.record = AccessRecord(home / ACCESS_FILE)
        self.platform = make_platform(home, endpoint_url, self.changes, self.record)
        self.platform.roles.create_administrator(keys.access_key, keys.secret_key)
        self.platform.objects.occupy(TAKEN_BUCKET)
        self.services = Services(self.platform)
        self.gateway = Gateway(
            self.platform,
            self.services.dispatchers,
            self.services.sagemaker.runtime,
            Holder(self.changes),
            doors=self.services.doors,
            secret_key=keys.secret_key,
            incarnation=self.incarnation,
        )

    def close(self) -> None:
        """Stop every job and endpoint; what is left of them the leash ends."""
        self.services.close()
        self.platform.leash.close()
        self.platform.store.close()
        self.record.close()


def make_platform(home: Path, endpoint_url: str, changes: Changes, record: AccessRecord) -> Platform:
    """Return the parts that services share, all of them empty.

    Args: record: where each distinct decision about who may do what is written.
    """
    store = Store()
    store.on_change(changes.notify)
    sockets = Path(tempfile.mkdtemp(prefix="mllab-"))
    settings = Settings(home=home, sockets=sockets, endpoint_url=endpoint_url, cores=os.cpu_count() or 1)
    roles, clock = Roles(), SystemClock()
    authorizer = Authorizer(
        roles.identity, ResourcePolicies(store, roles), ResourceTags(store), record, clock
    )
    return Platform(
        settings=settings,
        clock=clock,
        store=store,
        objects=Objects(authorizer),
        logs=Logs(authorizer, store.touch),
        roles=roles,
        authorizer=authorizer,
        leash=Leash(sockets, home),
        metrics=MetricStore(),
        bus=EventBus(),
        deliveries=Deliveries(),
    )


def serve(home: Path, port: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    lock = (home / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    listener = socket.create_server((LOOPBACK, port))
    # Headers and body are two writes; held back until acknowledged, the second costs 40 ms per answer.
    # Accepted connections inherit the option; asyncio sets it only on sockets that name their protocol.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    keys = read_keys(home)
    orphans.adopt()
    local_aws = LocalAws(home, url, keys)
    connection = Connection(url, keys.access_key, keys.secret_key, local_aws.incarnation, os.getpid(), home)
    try:
        uvloop.run(_run(local_aws, listener, connection))
    finally:
        local_aws.close()
        (home / "connection.json").unlink(missing_ok=True)


class _Server(uvicorn.Server):
    """uvicorn raises a signal again once it has shut down, which would end the process before its jobs.

    Args: release: called when the shutdown begins; nothing would end the requests that wait for an event.
    """

    def __init__(self, config: uvicorn.Config, release: Callable[[], None]) -> None:
        super().__init__(config)
        self._release = release

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._release()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


class _Protocol(HttpToolsProtocol):
    """HTTP/1.1 that also keeps header names as they were sent: a REST API shows them so to its function."""

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self._as_sent: list[tuple[bytes, bytes]] = []
        self.scope["extensions"] = {HEADERS_AS_SENT: {"headers": self._as_sent}}

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep a header, in both spellings."""
        super().on_header(name, value)
        self._as_sent.append((name, value))


async def _run(local_aws: LocalAws, listener: socket.socket, connection: Connection) -> None:
    local_aws.changes.attach(asyncio.get_running_loop())
    local_aws.services.attach(asyncio.get_running_loop())
    config = uvicorn.Config(
        local_aws.gateway,
        http=_Protocol,
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        # A held Describe must not keep the process alive.
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, local_aws.services.release)
    write_connection(connection)
    await server.serve(sockets=[listener])
    await local_aws.services.sagemaker.runtime.close()


def main() -> None:
    """Read the command line and serve."""
    parser = argparse.ArgumentParser(prog="mllab_localaws.server")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    arguments = parser.parse_args()
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    serve(arguments.home, arguments.port)


if __name__ == "__main__":
    main()
