"""``posestream discover``: the cameras of this network, their streams, and a config block for them."""

import os
import sys
from typing import Annotated

import typer

from posestream.cli.extras import loaded
from posestream.durations import parse_duration
from posestream.errors import UsageError


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("discover")(discover)


def discover(
    user: Annotated[
        str | None, typer.Option("--user", help="The user to log in as; best one that may only watch.")
    ] = None,
    password_env: Annotated[
        str | None,
        typer.Option(
            "--password-env", help="The variable that holds the password; else it is asked for.", metavar="NAME"
        ),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option("--host", help="Ask this one only: HOST, HOST:PORT or its service's address.", metavar="HOST"),
    ] = None,
    interface: Annotated[
        str | None, typer.Option("--interface", help="Look on this network interface only, as eth0.")
    ] = None,
    timeout: Annotated[
        str, typer.Option("--timeout", help="How long to wait for answers, then for each camera's facts.")
    ] = "5s",
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON on standard output.")] = False,
) -> int:
    """Find ONVIF cameras on the local network and say which stream of each to use.

    What was found goes to standard error, a block for the config file to standard output. Without --user cameras tell
    who they are, but as a rule not which streams they have. The password is never sent as such, but a device that
    answers gets a digest of it: on a network with strangers use --host. Exit code 3 if a camera could not be asked.
    """
    if host is not None and interface is not None:
        raise UsageError("--interface is for looking around; with --host the system knows the way")
    seconds = _seconds(timeout)
    command = loaded("posestream.cli.discover_command", "discover")
    where = command.Where(host, interface, seconds)
    code: int = command.discover(where, user, _password(user, password_env), as_json=as_json)
    return code


def _seconds(text: str) -> float:
    try:
        seconds = parse_duration(text)
    except ValueError as exc:
        raise UsageError(f"--timeout: {exc}") from None
    if not 0 < seconds <= 300:
        raise UsageError("--timeout: wanted more than 0s and at most 5m")
    return seconds


def _password(user: str | None, variable: str | None) -> str:
    """Give the password; from the environment or a terminal, since everybody may see a process's arguments."""
    if user is None:
        if variable is not None:
            raise UsageError("--password-env: whose password? --user NAME says so")
        return ""
    if variable is not None:
        if variable not in os.environ:
            # Not shown: somebody may have given the password itself.
            raise UsageError("--password-env: there is no such environment variable; it takes a name, not a password")
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise UsageError("--user: there is no terminal to ask for the password; --password-env NAME takes it from NAME")
    return str(typer.prompt("Password", hide_input=True, err=True, default="", show_default=False))
