"""All devices that were found, asked side by side, each with a time limit of its own."""

import asyncio
from collections.abc import Sequence

import httpx

from ingest.discovery.device import ask_device
from ingest.discovery.facts import Answer, DeviceFacts, Failure, Login
from ingest.discovery.services import Caller
from ingest.discovery.texts import said
from ingest.discovery.transport import BoundedTransport
from posestream.clock import Clock
from posestream.errors import AccessRefused, InputError

_AT_ONCE = 16


def ask_devices(
    answers: Sequence[Answer], login: Login | None, seconds: float, clock: Clock
) -> list[DeviceFacts | Failure]:
    """Ask each device, no longer than ``seconds``, and give its facts or why there are none, in the same order."""

    async def ask_all() -> list[DeviceFacts | Failure]:
        turns = asyncio.Semaphore(_AT_ONCE)
        return await asyncio.gather(*(_ask(answer, login, seconds, clock, turns) for answer in answers))

    return asyncio.run(ask_all())


async def _ask(
    answer: Answer, login: Login | None, seconds: float, clock: Clock, turns: asyncio.Semaphore
) -> DeviceFacts | Failure:
    if answer.url is None:
        return _failure(answer, login, InputError("names no address of its own for its service; try --host"))
    async with turns:
        try:
            async with asyncio.timeout(seconds), _http_client(seconds) as client:
                caller = Caller(BoundedTransport(client, login))
                return await ask_device(caller, answer.url, answer.name, login, clock)
        except TimeoutError:
            return _failure(answer, login, InputError(f"does not answer within {seconds:g} s; --timeout allows more"))
        except InputError as exc:
            return _failure(answer, login, exc)


def _failure(answer: Answer, login: Login | None, problem: InputError) -> Failure:
    kind = AccessRefused if isinstance(problem, AccessRefused) else InputError
    hint = "; check user and password" if kind is AccessRefused else ""
    name = said(answer.name, "" if login is None else login.password)
    return Failure(answer.host, name, kind(f"{answer.host}: {problem}{hint}"))


def _http_client(seconds: float) -> httpx.AsyncClient:
    # Cameras sign their own certificates; the login goes over it as a digest only. No proxy: it is the local network.
    return httpx.AsyncClient(
        verify=False,  # noqa: S501  # as above
        trust_env=False,
        timeout=seconds,
        headers={"Accept-Encoding": "identity", "User-Agent": "posestream"},
    )
