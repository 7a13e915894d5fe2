"""One place that takes secrets out of text before a person or a log sees it."""

import re
from urllib.parse import quote, unquote, urlsplit, urlunsplit

HIDDEN = "***"

# user:password@ in a URL. The password may hold '/', '@' or '#' where somebody forgot to encode it, so the
# match runs to the last '@' before white space or a quote.
_URL_LOGIN = re.compile(r"(?P<scheme>\b[a-zA-Z][a-zA-Z0-9+.-]*://)(?P<login>[^\s'\"]*)@")
_LOGIN_KEYS = "user|username|usr|login|pass|passwd|password|pwd|token|secret|key|auth"
_QUERY = re.compile(rf"(?P<key>[?&;](?:{_LOGIN_KEYS})=)[^&\s'\";]*", re.IGNORECASE)


def redact(text: str) -> str:
    """Replace logins in URLs and secrets in query strings by ``***``."""
    return _QUERY.sub(rf"\g<key>{HIDDEN}", _URL_LOGIN.sub(rf"\g<scheme>{HIDDEN}@", text))


def encode_login(url: str) -> str:
    """Percent-encode user and password of a URL, so that ``@ : / # ? %`` in them reach the camera.

    What is encoded already stays as it is. A URL without login comes back unchanged.
    """
    scheme, mark, rest = url.partition("://")
    login, at, host = rest.rpartition("@")
    if not mark or not at:
        return url
    user, colon, password = login.partition(":")
    coded = quote(unquote(user), safe="") + (colon + quote(unquote(password), safe="") if colon else "")
    return f"{scheme}://{coded}@{host}"


def without_login(url: str) -> str:
    """Give the URL without user and password: for ids, pages and metrics."""
    parts = urlsplit(encode_login(url))
    host = parts.netloc.rpartition("@")[2]
    return redact(urlunsplit(parts._replace(netloc=host)))
