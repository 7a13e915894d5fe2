"""Lines to an InfluxDB server (2.x, or 1.8 by its /api/v2/write): one body a request, errors by what they ask for."""

import json
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from influxdb_client import InfluxDBClient  # type: ignore[attr-defined]  # it is documented there
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from urllib3.exceptions import ConnectTimeoutError, HTTPError
from urllib3.exceptions import TimeoutError as HTTPTimeout

from posestream.config.sections import InfluxStoreConfig
from posestream.redact import redact, without
from sinks.store_away import StoreAway

MOST_LINES = 5000
LONGEST_REQUEST_SECONDS = 60.0
STOPPING_SECONDS = 2.0
"""How long a request may last when the service is to stop: what it carries will be sent again."""
_BAD_LINE = frozenset({400, 413, 422})
_NEEDS_HANDS = frozenset({401, 403, 404})
_LONGEST_RETRY_AFTER = 300.0

Refused = tuple[int, str]
"""A line's place in the list, and the server's words."""


class _BadLines(Exception):
    """The server takes these lines never, or not all of them."""


class InfluxWriter:
    """Writes lines; a context manager.

    Guarantee: when ``write`` returns, the server has all lines but those that it gives back as refused. After a
    StoreAway it has some or none; writing them again harms nothing. The token is in no message.
    """

    def __init__(self, config: InfluxStoreConfig, stop: threading.Event, turn: Callable[[], None]) -> None:
        self._config, self._stop, self._turn = config, stop, turn
        seconds = min(config.timeout, LONGEST_REQUEST_SECONDS)
        # No retries and no batching of the client's own: the topic is the buffer.
        self._client = InfluxDBClient(
            config.url, config.token.get_secret_value(), org=config.org, timeout=round(seconds * 1000), retries=False
        )
        self._api = self._client.write_api(write_options=SYNCHRONOUS)

    def check(self) -> None:
        """Raise StoreAway unless address, organisation, bucket and token are right: writes nothing."""
        self._request(b"\n")

    def write(self, lines: Sequence[bytes]) -> list[Refused]:
        """Write lines, up to 5000 a request; gives those that the server refuses.

        Raises:
            StoreAway: if the server cannot be reached, is too busy or does not know us.
        """
        refused: list[Refused] = []
        for start in range(0, len(lines), MOST_LINES):
            refused += self._halved(lines[start : start + MOST_LINES], start)
        return refused

    def _halved(self, lines: Sequence[bytes], start: int) -> list[Refused]:
        """Write lines; if the server refuses, halves of them, until the bad ones stand alone."""
        try:
            self._request(b"\n".join(lines))
        except _BadLines as exc:
            if len(lines) == 1:
                return [(start, str(exc))]
            half = len(lines) // 2
            return self._halved(lines[:half], start) + self._halved(lines[half:], start + half)
        return []

    def _request(self, body: bytes) -> None:
        """Send one body from a thread of its own: the end of the service and its sign of life do not wait for it."""
        outcome: list[Exception | None] = []
        thread = threading.Thread(target=self._send, args=(body, outcome), name="influx-write", daemon=True)
        thread.start()
        while thread.is_alive():
            self._turn()
            if self._stop.is_set():
                thread.join(STOPPING_SECONDS)
                break
            thread.join(0.1)
        if not outcome:
            raise StoreAway("timeout", f"{self._where}: no answer before the end of this service")
        if outcome[0] is not None:
            raise outcome[0]

    def _send(self, body: bytes, outcome: list[Exception | None]) -> None:
        try:
            self._api.write(self._config.bucket, record=body)
        except ApiException as exc:
            outcome.append(self._refusal(exc))
        except UnicodeDecodeError:  # the client reads an answer as text before it looks at its status
            outcome.append(
                StoreAway("unreadable", f"{self._where}: the answer is no text; does InfluxDB listen there?")
            )
        except (HTTPError, OSError) as exc:
            slow = isinstance(exc, HTTPTimeout) and not isinstance(exc, ConnectTimeoutError)
            outcome.append(self._away("timeout" if slow else "unreachable", exc))
        except Exception as exc:  # noqa: BLE001  # it must reach the thread that waits
            outcome.append(exc)
        else:
            outcome.append(None)

    def _refusal(self, exc: ApiException) -> Exception:
        status, words = int(exc.status or 0), server_words(exc.body or exc.reason, self._token)
        if status in _BAD_LINE:
            return _BadLines(words)
        if status in _NEEDS_HANDS:
            remedy = "check store.token" if status != 404 else "check store.org and store.bucket"
            return StoreAway(str(status), f"{self._where} refuses us: {words}; {remedy}", needs_hands=True)
        headers: Mapping[str, str] = exc.headers or {}
        after = retry_after(headers.get("Retry-After"))
        return StoreAway(str(status), f"{self._where}: {status} {words}", after, needs_hands=status < 408)

    def _away(self, code: str, exc: Exception) -> StoreAway:
        reason = redact(without(f"{type(exc).__name__}: {exc}", self._token))
        return StoreAway(code, f"{self._where} cannot be reached: {reason[:200]}; is it running, is store.url right?")

    @property
    def _token(self) -> str:
        return self._config.token.get_secret_value()

    @property
    def _where(self) -> str:
        return redact(f"InfluxDB at {self._config.url}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._client.close()  # type: ignore[no-untyped-call]  # the client's own


def server_words(body: Any, token: str = "") -> str:  # noqa: ANN401  # bytes or text, JSON or not
    """Give what the server said, in one line of at most 300 letters; ``token``, if it says that too, as ``***``."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    try:
        answer = json.loads(text)
        text = str(answer.get("message") or answer.get("error") or text) if isinstance(answer, dict) else text
    except ValueError:
        pass
    # Before the line is cut: of a token that is cut the beginning would stay.
    return redact(" ".join(without(text, token).split()))[:300] or "no words"


def retry_after(header: str | None) -> float | None:
    """Give the seconds of a Retry-After header (a number of seconds; a date counts as none), at most five minutes."""
    if header is None or not header.strip().isdigit():
        return None
    return min(float(header), _LONGEST_RETRY_AFTER)
