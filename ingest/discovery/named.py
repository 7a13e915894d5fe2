"""A device that a person names: HOST, HOST:PORT or the whole address of its service."""

import re
from ipaddress import IPv4Address
from urllib.parse import urlsplit

from ingest.discovery.addresses import DEVICE_PATH, in_url
from ingest.discovery.facts import Answer
from posestream.errors import UsageError

_FORMS = "wanted HOST, HOST:PORT or http(s)://HOST:PORT/PATH, without a login (that is --user)"
_HOST = re.compile(r"[A-Za-z0-9._-]+|[0-9A-Fa-f:.]+(%[A-Za-z0-9._-]+)?")
_NUMBERS = re.compile(r"[0-9.]+")


def named_device(text: str) -> Answer:
    """Give where the device's service is.

    Raises:
        UsageError: if it is no such address. What was given is not shown: it may hold a login.
    """
    text = text.strip()
    if text.count(":") > 1 and "/" not in text and "[" not in text:
        text = f"[{text}]"
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port
        if _NUMBERS.fullmatch(host):
            IPv4Address(host)
    except ValueError:
        raise UsageError(f"--host: {_FORMS}") from None
    if parts.scheme not in {"http", "https"} or "@" in text or not _HOST.fullmatch(host) or port == 0:
        raise UsageError(f"--host: {_FORMS}")
    place = f"{in_url(host)}:{port}" if port else in_url(host)
    path = parts.path if parts.path.strip("/") else DEVICE_PATH
    return Answer(host, f"{parts.scheme}://{place}{path}")
