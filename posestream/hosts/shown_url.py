"""A camera's url as the API shows it, and back: ``***`` stands for what is secret."""

from urllib.parse import urlsplit

from ingest.source import Source, parse_source
from posestream.errors import InputError, UsageError
from posestream.redact import HIDDEN, encode_login, redact, without_login

_KEPT = (
    f"url: {HIDDEN} stands for the login only while scheme, host and port stay the same and nothing else is hidden: "
    "write the url with its login"
)


def shown_url(url: str) -> str:
    """Give a url without its secrets: ``rtsp://***@HOST/PATH``."""
    source = _source(url)
    if source is None:
        return HIDDEN
    if "://" not in source.label:
        return redact(url)  # a path of this machine
    scheme, _, rest = source.label.partition("://")
    return f"{scheme}://{HIDDEN}@{rest}" if _has_login(source) else source.label


def with_kept_secret(url: str, current: str) -> str | None:
    """Give the url that is meant where ``***`` stands for the secret of ``current``; None if nothing is changed.

    The login goes to the host it was given for and to no other: who may change a camera need not know it.

    Raises:
        UsageError: if it cannot be said what is meant.
    """
    if current and url == shown_url(current):
        return None
    if HIDDEN not in url:
        return url
    source = _source(current)
    scheme, mark, rest = url.partition(f"://{HIDDEN}@")
    login = "" if source is None else source.address.partition("://")[2].rpartition("@")[0]
    if source is None or not mark or not login or HIDDEN in rest or "@" in rest:
        raise UsageError(_KEPT)
    meant = f"{scheme}://{login}@{rest}"
    other = _source(meant)  # as it would be opened: an @ in its path may make another host of it
    if other is None or _place(other) != _place(source):
        raise UsageError(_KEPT)
    return meant


def _has_login(source: Source) -> bool:
    return without_login(source.address).partition("?")[0] != encode_login(source.address).partition("?")[0]


def _place(source: Source) -> tuple[str, str]:
    parts = urlsplit(source.label)
    return parts.scheme, parts.netloc


def _source(url: str) -> Source | None:
    try:
        return parse_source(url, must_exist=False)
    except (UsageError, InputError):
        return None
