"""One place that takes secrets out of text before a person or a log sees it."""

import json
import re
from urllib.parse import quote, quote_plus, unquote_to_bytes

HIDDEN = "***"

# user:password@ in a URL. The password may hold '/', '@' or '#' where somebody forgot to encode it, so the
# match runs to the last '@' before white space or a quote. A URL that went through a Path has one slash.
_URL_LOGIN = re.compile(r"(?P<scheme>(?<![a-zA-Z])[a-zA-Z][a-zA-Z0-9+.-]*://?)(?P<login>[^\s'\"]*)@")
# The same where the password holds white space or a quote; a port is not taken for a password.
_SPACED_LOGIN = re.compile(
    r"(?P<scheme>(?<![a-zA-Z])[a-zA-Z][a-zA-Z0-9+.-]*://?)(?P<login>[^\s'\"/@:]*:(?!\d{1,5}(?:[/?#\s'\"),;]|$))(?:(?!://)[^\n])*)@"
)
_LOGIN_KEYS = "user|username|usr|login|pass|passwd|password|pwd|token|secret|key|apikey|auth"
# Some cameras take the login in the path: /user=…_password=…_channel=1
_QUERY = re.compile(rf"(?P<key>[?&;/_](?:{_LOGIN_KEYS})=)(?:(?!_[a-z]+=)[^&\s'\";])*", re.IGNORECASE)
# A host, perhaps with a port, before the first / ? or #: an @ behind that belongs to the path.
_NO_LOGIN = re.compile(r"[^@:/?#]*(:\d{1,5})?[/?#]")


def redact(text: str) -> str:
    """Replace logins in URLs and secrets in query strings by ``***``."""
    for login in (_URL_LOGIN, _SPACED_LOGIN):
        text = login.sub(rf"\g<scheme>{HIDDEN}@", text)
    return _QUERY.sub(rf"\g<key>{HIDDEN}", text)


def without(text: str, secret: str) -> str:
    """Replace a secret that we know by ``***``: as it is, as URLs, JSON and Python write it, in any case of letters."""
    spellings = {secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]}
    forms = sorted({*spellings, repr(secret)[1:-1]} - {""}, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, forms)), HIDDEN, text, flags=re.IGNORECASE) if forms else text


def encode_login(url: str) -> str:
    """Percent-encode user and password of a URL, so that ``@ : / # ? %`` in them reach the camera.

    What is encoded already stays as it is. A URL without login comes back unchanged.
    """
    scheme, mark, rest = url.partition("://")
    login, at, host = rest.rpartition("@")
    if not mark or not at or _NO_LOGIN.match(rest):
        return url
    user, colon, password = login.partition(":")
    return f"{scheme}://{_encoded(user)}{colon}{_encoded(password)}@{host}"


def without_login(url: str) -> str:
    """Give the URL without user and password: for ids, pages and metrics."""
    scheme, mark, rest = encode_login(url).partition("://")
    bare = rest if _NO_LOGIN.match(rest) else rest.rpartition("@")[2]
    return _QUERY.sub(rf"\g<key>{HIDDEN}", f"{scheme}{mark}{bare}")


def _encoded(text: str) -> str:
    # By way of bytes: %E9 need not be UTF-8.
    return quote(unquote_to_bytes(text), safe="")
