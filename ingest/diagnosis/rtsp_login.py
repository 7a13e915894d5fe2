"""Logins over RTSP: Basic (RFC 7617) and Digest (RFC 2069 and 7616) with MD5, as FFmpeg speaks them, too."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes, urlsplit

_FIELD = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]*))')


@dataclass(frozen=True)
class Login:
    """User and password as bytes: %E9 in an address need not be UTF-8."""

    user: bytes
    password: bytes = field(repr=False)


@dataclass(frozen=True)
class Challenge:
    """How a camera wants to be told who asks: ``scheme`` is Basic or Digest."""

    scheme: str
    realm: str = ""
    nonce: str = ""
    opaque: str | None = None
    with_qop: bool = False


def login_of(address: str) -> Login | None:
    """Give the login of an address, None where it has none."""
    parts = urlsplit(address)
    if parts.username is None:
        return None
    return Login(unquote_to_bytes(parts.username), unquote_to_bytes(parts.password or ""))


def chosen_challenge(headers: list[str]) -> Challenge | None:
    """Give the best challenge of the values of WWW-Authenticate that we can meet, None where there is none."""
    found = [challenge for header in headers if (challenge := _challenge(header)) is not None]
    return next((it for it in found if it.scheme == "Digest"), found[0] if found else None)


def authorization(challenge: Challenge, login: Login, method: str, url: str, cnonce: str | None = None) -> str:
    """Give the value of the header Authorization for one request.

    Args:
        challenge: what the camera asked for.
        login: who asks.
        method: the request's method.
        url: the request's URL, as it is sent.
        cnonce: the client's nonce, None for a random one.
    """
    if challenge.scheme == "Basic":
        return "Basic " + base64.b64encode(login.user + b":" + login.password).decode()
    nonce, realm = challenge.nonce.encode(), challenge.realm.encode()
    first = _md5(login.user + b":" + realm + b":" + login.password)
    second = _md5(f"{method}:{url}".encode())
    mine = cnonce or secrets.token_hex(8)
    middle = b":00000001:" + mine.encode() + b":auth:" if challenge.with_qop else b":"
    fields = {
        "username": login.user.decode("latin-1"),
        "realm": challenge.realm,
        "nonce": challenge.nonce,
        "uri": url,
        "response": _md5(first.encode() + b":" + nonce + middle + second.encode()),
    }
    if challenge.opaque is not None:
        fields["opaque"] = challenge.opaque
    words = [f'{key}="{_escaped(value)}"' for key, value in fields.items()]
    if challenge.with_qop:
        words += ["qop=auth", "nc=00000001", f'cnonce="{mine}"']
    return "Digest " + ", ".join(words)


def _challenge(header: str) -> Challenge | None:
    scheme, _, rest = header.strip().partition(" ")
    fields = {key.lower(): re.sub(r"\\(.)", r"\1", quoted) or bare for key, quoted, bare in _FIELD.findall(rest)}
    if scheme.lower() == "basic":
        return Challenge("Basic", fields.get("realm", ""))
    if scheme.lower() != "digest" or fields.get("algorithm", "MD5").upper() != "MD5":
        return None
    offered = [word.strip() for word in fields.get("qop", "").split(",")]
    return Challenge(
        "Digest", fields.get("realm", ""), fields.get("nonce", ""), fields.get("opaque"), with_qop="auth" in offered
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
