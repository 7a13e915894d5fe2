"""The call itself: one socket for each network interface, answers until the time is over."""

import selectors
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack

from ingest.discovery.facts import Answer
from ingest.discovery.probe import MOST_BYTES, probe_messages, read_answer
from posestream.clock import Clock
from posestream.errors import InputError, UsageError

GROUP = ("239.255.255.250", 3702)
MOST_DEVICES = 256
_MOST_DATAGRAMS = 4096
_CALLS = 3
"""How often it is called in the first half of the time: datagrams get lost."""


def find_devices(seconds: float, interface: str | None, clock: Clock) -> list[Answer]:
    """Call on all interfaces (but this machine's own), or on one, and give who answers within ``seconds``.

    Each device stands once, in the order of addresses. At most 256 devices; what else comes is passed over.

    Raises:
        UsageError: if there is no such interface.
        InputError: if the call could be sent on no interface.
    """
    numbers = _interfaces(interface)
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        sockets = [stack.enter_context(_multicast_socket(number)) for number in numbers]
        for opened in sockets:
            selector.register(opened, selectors.EVENT_READ)
        found: dict[str, Answer] = {}
        for answer in _answers(sockets, selector, seconds, clock):
            # A device may answer more than once, on one host more than one may live.
            found.setdefault(answer.url or answer.host, answer)
            if len(found) == MOST_DEVICES:
                break
    reachable = {answer.host for answer in found.values() if answer.url}
    kept = [answer for answer in found.values() if answer.url or answer.host not in reachable]
    return sorted(kept, key=lambda answer: (socket.inet_aton(answer.host), answer.url or ""))


def _answers(
    sockets: list[socket.socket], selector: selectors.BaseSelector, seconds: float, clock: Clock
) -> Iterator[Answer]:
    messages = probe_messages()
    began, calls, datagrams = clock.monotonic(), 0, 0
    while (passed := clock.monotonic() - began) < seconds and datagrams < _MOST_DATAGRAMS:
        if calls < _CALLS and passed >= calls * seconds / 2 / _CALLS:
            _call(sockets, list(messages.values()))
            calls += 1
        for key, _ in selector.select(min(0.1, seconds - passed)):
            datagrams += 1
            answer = _received(key.fileobj, set(messages))
            if answer is not None:
                yield answer


def _received(opened: object, asked: set[str]) -> Answer | None:
    if not isinstance(opened, socket.socket):
        return None
    try:
        datagram, (host, _) = opened.recvfrom(MOST_BYTES)
    except OSError:  # told of an earlier datagram: nobody listens there
        return None
    return read_answer(datagram, host, asked)


def _call(sockets: list[socket.socket], messages: list[bytes]) -> None:
    reason, sent = "", 0
    for opened in sockets:
        for message in messages:
            try:
                opened.sendto(message, GROUP)
                sent += 1
            except OSError as exc:  # an interface that is down or has no address
                reason = exc.strerror or "no answer"
    if not sent:
        raise InputError(
            f"the call for cameras could be sent on no network interface{reason and f' ({reason})'}; is one up? "
            "--host ADDRESS asks one camera"
        )


def _interfaces(name: str | None) -> list[int]:
    there = {interface: number for number, interface in socket.if_nameindex()}
    if name is None:
        return [number for interface, number in there.items() if interface != "lo"]
    if name not in there:
        raise UsageError(f"--interface: no such network interface here, wanted one of {', '.join(sorted(there))}")
    return [there[name]]


def _multicast_socket(interface: int) -> socket.socket:
    opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    opened.settimeout(0.0)
    request = struct.pack("@4s4si", b"\0" * 4, b"\0" * 4, interface)  # ip_mreqn: ip(7)
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, request)
    opened.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 1)
    return opened
