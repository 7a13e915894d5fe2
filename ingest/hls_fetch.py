"""What an HLS playlist names is fetched here and not by FFmpeg, which checks no certificate of segments over https.

Only http and https are spoken, with https in the source's address only https: a playlist that a stranger wrote opens no
file, no other protocol, and takes nothing back from TLS.
"""

import ssl
import urllib.request
from http.client import HTTPException, HTTPResponse
from urllib.error import HTTPError, URLError
from urllib.parse import SplitResult, unquote, urlsplit, urlunsplit

from ingest.source import Source, TlsTrust
from ingest.trust import tls_context
from posestream.errors import AccessRefused, InputError

_MOST_BYTES = 256 * 1024 * 1024
_LOGIN_REFUSED = frozenset({401, 403})
_STATUS_TEXTS = {
    **dict.fromkeys((301, 302, 303, 307, 308), "the camera sends us on to an address that is not opened"),
    **dict.fromkeys((404, 410), "the camera has no stream under this path, or a segment of it is gone"),
}


class HlsFetcher:
    """Opens the playlists and segments of one HLS source, for av.open's ``io_open``.

    The login goes to the host and port of the source's address alone. A read waits at most ``timeout_s`` seconds. The
    first failure ends the connect: it is raised once (FFmpeg goes on asking), and from then on there are no bytes.
    """

    def __init__(self, source: Source, timeout_s: float) -> None:
        self._label = source.label
        self._timeout_s = timeout_s
        self._failed = False
        parts = urlsplit(source.address)
        self._schemes = {"https"} if parts.scheme == "https" else {"http", "https"}
        self._opener = _opener(parts, self._schemes, verify=source.tls is TlsTrust.VERIFY)

    def __call__(self, url: str, flags: int, options: dict[str, str]) -> "FetchedStream":
        """Open an address for reading; raises InputError, for a refused login AccessRefused."""
        del flags, options  # FFmpeg's ways of reading; ours are fixed
        if self._failed:
            return FetchedStream(None, self)
        parts = urlsplit(url)
        if parts.scheme not in self._schemes:
            wanted = " or ".join(sorted(self._schemes))
            raise self.failure(
                f"the playlist names an address that is not opened: wanted {wanted}, got '{parts.scheme[:20]}:'"
            )
        bare = urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
        try:
            return FetchedStream(self._opener.open(bare, timeout=self._timeout_s), self)
        except (OSError, HTTPException, ValueError) as error:
            status = error.code if isinstance(error, HTTPError) else 0
            text = _text(error)
        raise self.failure(text, status)

    def failure(self, text: str, status: int = 0) -> InputError:
        """Give what is raised now; nothing is read any more from here on."""
        self._failed = True
        if status in _LOGIN_REFUSED:
            return AccessRefused(f"{self._label}: the camera refuses the login; check user and password")
        return InputError(f"{self._label}: {text}")


class FetchedStream:
    """An answer that FFmpeg reads from front to end; without an answer it is empty."""

    def __init__(self, answer: HTTPResponse | None, fetcher: HlsFetcher) -> None:
        self._answer = answer
        self._fetcher = fetcher
        self._left = _MOST_BYTES

    def read(self, size: int) -> bytes:
        """Give up to ``size`` bytes, none at the end; raises InputError."""
        if self._answer is None:
            return b""
        if self._left <= 0:
            raise self._fetcher.failure(f"a segment has more than {_MOST_BYTES >> 20} MiB")
        try:
            data = self._answer.read1(min(size, self._left))
        except (OSError, HTTPException, ValueError) as error:
            text = _text(error)
        else:
            self._left -= len(data)
            return data
        self.close()
        raise self._fetcher.failure(text)

    def close(self) -> None:
        """Hang up; may be called twice."""
        if self._answer is not None:
            self._answer.close()
        self._answer = None


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to the allowed schemes only."""

    def __init__(self, schemes: set[str]) -> None:
        self._schemes = schemes

    def redirect_request(self, req, fp, code, msg, headers, newurl):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202  # as urllib has it
        if urlsplit(newurl).scheme not in self._schemes:
            return None  # the answer stays what it is: an error of its status
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener(parts: SplitResult, schemes: set[str], *, verify: bool) -> urllib.request.OpenerDirector:
    """Give an opener that can do no more than http, https, redirects and a login; no proxy, no file, no ftp."""
    passwords = urllib.request.HTTPPasswordMgrWithDefaultRealm()
    if parts.username is not None:
        place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
        passwords.add_password(None, place, unquote(parts.username), unquote(parts.password or ""))
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=tls_context(verify=verify)),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(schemes),
        urllib.request.HTTPDigestAuthHandler(passwords),
        urllib.request.HTTPBasicAuthHandler(passwords),
    ):
        opener.add_handler(handler)
    return opener


_TEXTS: tuple[tuple[type[BaseException], str], ...] = (
    (ssl.SSLCertVerificationError, "its certificate cannot be verified ('tls: accept-any' takes any certificate)"),
    (ssl.SSLError, "no TLS connection comes about"),
    (TimeoutError, "no answer in time"),
    (ConnectionRefusedError, "the connection is refused: nothing listens on this port"),
    (ConnectionError, "the camera closed the connection"),
    (HTTPException, "the camera closed the connection, or its answer is no HTTP"),
    (ValueError, "its answer cannot be understood, or it asks for a login in an unknown way"),
)


def _text(error: BaseException) -> str:
    if isinstance(error, HTTPError):
        error.close()
        return _STATUS_TEXTS.get(error.code, f"the camera answers with status {error.code}")
    reason = error.reason if isinstance(error, URLError) else error
    default = "the camera cannot be reached, or the connection broke"
    return next((text for kind, text in _TEXTS if isinstance(reason, kind)), default)
