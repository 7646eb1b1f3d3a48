"""`mllab local`: the commands that start, stop and look into the local AWS."""

from __future__ import annotations

import argparse
import difflib
import shlex
import sys
from collections import deque
from urllib.parse import urlsplit

from mllab_helpers.cli.parser import Commands, add_command, in_columns
from mllab_helpers.instance import links
from mllab_helpers.texts import say
from mllab_localaws import daemon, quotas

HIGHEST_PORT = 65535


def add_local_commands(commands: Commands) -> None:
    up = add_command(commands, "up", say("cli.local_up"), _local_up)
    up.add_argument("--port", type=_port, default=0, metavar="4566", help=say("cli.port"))
    add_command(commands, "down", say("cli.local_down"), _local_down)
    add_command(commands, "status", say("cli.local_status"), _local_status)
    add_command(commands, "env", say("cli.local_env"), _local_env)
    add_command(commands, "reset", say("cli.local_reset"), _local_reset)
    add_command(commands, "access", say("cli.local_access"), _local_access)
    quota = add_command(commands, "quota", say("cli.local_quota"), _local_quota)
    quota.add_argument("name", metavar=say("cli.quota_name"), help=say("cli.quota_name_help"))
    quota.add_argument("value", type=_instances, metavar="0", help=say("cli.quota_value"))
    logs = add_command(commands, "logs", say("cli.local_logs"), _local_logs)
    logs.add_argument(
        "--lines", type=_line_count, default=100, metavar="100", help=say("cli.lines", default=100)
    )


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > HIGHEST_PORT:
        raise argparse.ArgumentTypeError(say("cli.wrong_port", value=repr(text), highest=HIGHEST_PORT))
    return int(text)


def _line_count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(say("cli.wrong_line_count", value=repr(text)))
    return int(text)


def _instances(text: str) -> int:
    if not text.isdecimal() or int(text) > quotas.HIGHEST:
        raise argparse.ArgumentTypeError(say("cli.wrong_quota", value=repr(text), highest=quotas.HIGHEST))
    return int(text)


# --- what is done


def _local_up(chosen: argparse.Namespace) -> int:
    connection = daemon.start(daemon.default_home(), chosen.port)
    _say_running(connection)
    if chosen.port not in (0, urlsplit(connection.endpoint_url).port):
        print(say("cli.local_other_port", port=chosen.port), file=sys.stderr)
        return 1
    return 0


def _local_down(_chosen: argparse.Namespace) -> int:
    stopped = daemon.stop(daemon.default_home())
    print(say("cli.local_stopped") if stopped else say("cli.local_not_running"))
    return 0


def _local_status(_chosen: argparse.Namespace) -> int:
    connection = daemon.status(daemon.default_home())
    if connection is None:
        print(say("cli.local_not_running"))
        return 1
    return _say_running(connection)


def _local_env(_chosen: argparse.Namespace) -> int:
    # Started when it is not running: `eval "$(mllab local env)"; aws s3 ls` is all that a user has to know.
    connection = daemon.start(daemon.default_home())
    # A token that lies around in the shell belongs to another key, and with it every request is refused.
    print("unset AWS_SESSION_TOKEN AWS_SECURITY_TOKEN")
    for name, value in connection.environment().items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _local_reset(_chosen: argparse.Namespace) -> int:
    connection = daemon.reset(daemon.default_home())
    print(say("cli.local_emptied"))
    return _say_running(connection)


def _local_quota(chosen: argparse.Namespace) -> int:
    home = daemon.default_home()
    try:
        daemon.set_quota(home, chosen.name, chosen.value)
    except quotas.UnknownQuotaError:
        known = [quota.name for quota in quotas.quotas(home)]
        similar = difflib.get_close_matches(chosen.name, known, n=3) or ["ml.m5.large for training job usage"]
        print(say("cli.unknown_quota", name=chosen.name, similar=", ".join(similar)), file=sys.stderr)
        return 1
    print(say("cli.quota_set", name=chosen.name, value=chosen.value))
    return 0


def _local_logs(chosen: argparse.Namespace) -> int:
    log = daemon.logs(daemon.default_home())
    if not log.exists():
        print(say("cli.local_no_log"), file=sys.stderr)
        return 1
    with log.open(encoding="utf-8", errors="replace") as lines:
        sys.stdout.writelines(deque(lines, maxlen=chosen.lines))
    return 0


def _local_access(_chosen: argparse.Namespace) -> int:
    entries = daemon.access(daemon.default_home())
    if not entries:
        print(say("cli.no_access"))
        return 0
    # Of an ARN of IAM what comes after the account is enough to know somebody by.
    rows = [
        (each.principal.rpartition(":")[2], each.action, each.resource, _decision(each.decision))
        for each in entries
    ]
    heads = (
        say("cli.access_principal"),
        say("cli.access_action"),
        say("cli.access_resource"),
        say("cli.access_decision"),
    )
    for line in in_columns([heads, *rows]):
        print(line)
    return 0


def _decision(outcome: str) -> str:
    words = {
        "allowed": say("cli.access_allowed"),
        "explicitDeny": say("cli.access_explicitDeny"),
        "implicitDeny": say("cli.access_implicitDeny"),
    }
    return words.get(outcome, outcome)


def _say_running(connection: daemon.Connection) -> int:
    endpoint, pid, home = connection.endpoint_url, connection.pid, connection.home
    print(say("cli.local_running", endpoint=endpoint, pid=pid, home=home))
    link = links.for_browser(endpoint)
    if link != endpoint:
        print(say("cli.local_in_browser", link=link))
    return 0
