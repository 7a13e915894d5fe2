"""Addresses that a device names. Nothing but the device's own host is ever contacted, or told a login.

A device may name any address: another server's, this machine's, one in a foreign network. So of the addresses in an
answer only one on the host counts that the answer came from, and of later ones only scheme, port and path are taken.
"""

import re
from collections.abc import Iterable
from ipaddress import ip_address
from urllib.parse import SplitResult, quote, urlsplit

USER, PASSWORD, TOKEN = "${CAM_USER}", "${CAM_PASSWORD}", "${CAM_TOKEN}"  # names of variables
MOST_CHARACTERS = 1000
DEVICE_PATH = "/onvif/device_service"
_SAFE = "/%:=&;,@+*!~()-._"  # of paths and queries; without $ { }, or the config would fill in a variable of ours
_PLACEHOLDER = re.compile(r"(\$\{CAM_[A-Z]+\})")
_VALUE = r"(?:(?!_[a-z]+=)[^&;/])*"
_LOGINS = [
    (re.compile(rf"((?:^|[?&;/_])(?:{keys})=){_VALUE}", re.IGNORECASE), placeholder)
    for keys, placeholder in (
        ("user|username|usr|login", USER),
        ("pass|passwd|password|pwd", PASSWORD),
        ("token|secret|key|apikey|auth", TOKEN),
    )
]


def own_service(addresses: Iterable[str], sender: str) -> str | None:
    """Give the first http(s) address whose host is the sender's, None if there is none; logins and fragments go."""
    for address in addresses:
        parts = _split(address, {"http", "https"})
        if parts is not None and same_host(parts.hostname or "", sender):
            return _joined(parts, sender, parts.path or DEVICE_PATH)
    return None


def service_at(device: str, named: object) -> str:
    """Give the address of a further service: the path that the device named, on the device's own host.

    Its port counts only where the host is the device's too: behind a NAT both are those of the inside.
    """
    parts = _split(named, {"http", "https"})
    if parts is None:
        return device
    own = urlsplit(device)
    base = parts if same_host(parts.hostname or "", own.hostname or "") else own
    return _joined(base, own.hostname or "", parts.path, parts.query)


def stream_url(named: object, host: str, password: str = "") -> tuple[str | None, str | None]:
    """Give a stream's address for a config file, and the other host that the device named, if it did.

    The host is the device's own. Placeholders stand before the host, and in path and query wherever a login, a token or
    ``password`` stood. None if it is no RTSP address.
    """
    parts = _split(named, {"rtsp", "rtsps"})
    if parts is None:
        return None, None
    path = quote(parts.path, safe=_SAFE) + (f"?{quote(parts.query, safe=_SAFE)}" if parts.query else "")
    for login, placeholder in _LOGINS:
        path = login.sub(rf"\g<1>{placeholder}", path)
    for spelling in sorted({password, quote(password, safe=""), quote(password, safe=_SAFE)} - {""}, key=len)[::-1]:
        parted = _PLACEHOLDER.split(path)
        path = "".join(part if n % 2 else part.replace(spelling, PASSWORD) for n, part in enumerate(parted))
    url = f"{parts.scheme}://{USER}:{PASSWORD}@{in_url(host)}{_port(parts)}{path}"
    other = parts.hostname or ""
    return url, None if same_host(other, host) else other[:MOST_CHARACTERS]


def same_host(one: str, other: str) -> bool:
    """Whether two hosts are the same: as addresses where both are, else as names."""
    try:
        return ip_address(one) == ip_address(other)
    except ValueError:
        return one.casefold() == other.casefold()


def in_url(host: str) -> str:
    """Give a host as URLs write it: IPv6 in brackets."""
    return f"[{host}]" if ":" in host else host


def _split(address: object, schemes: set[str]) -> SplitResult | None:
    if not isinstance(address, str) or len(address) > MOST_CHARACTERS:
        return None
    try:
        parts = urlsplit(address.strip())
        complete = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, brackets that do not close
        return None
    return parts if complete else None


def _joined(base: SplitResult, host: str, path: str, query: str = "") -> str:
    tail = quote(path, safe=_SAFE) + (f"?{quote(query, safe=_SAFE)}" if query else "")
    return f"{base.scheme}://{in_url(host)}{_port(base)}{tail}"


def _port(parts: SplitResult) -> str:
    return f":{parts.port}" if parts.port else ""
