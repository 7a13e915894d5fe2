"""How a device is asked over HTTP: its answers are bounded, nothing is followed, a login goes to its own host only."""

from collections.abc import Generator
from typing import Any

import httpx
from lxml import etree
from zeep.transports import Transport

from ingest.discovery.facts import Login
from posestream.errors import AccessRefused, InputError

MOST_BYTES = 256 * 1024


class BoundedTransport(Transport):
    """Carries zeep's messages; used for one device, in one event loop, inside of a time limit of the caller's.

    HTTP Digest is answered when the device asks for it, Basic never: it would give the password away.
    """

    def __init__(self, client: httpx.AsyncClient, login: Login | None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # zeep's constructors are untyped
        self._client = client
        self._login = login

    def load(self, url: str) -> bytes:
        """Refuse: descriptions of services come with the library, never from the network."""
        raise InputError(f"a description of a service is not fetched from the network ({url[:80]!r})")

    async def post_xml(self, address: str, envelope: object, headers: dict[str, str]) -> httpx.Response:
        """Send a SOAP message and give the answer, of at most 256 KiB.

        Raises:
            AccessRefused: if the device refuses the login, or wants one.
            InputError: if there is no answer or none that is read.
        """
        body = etree.tostring(envelope, xml_declaration=True, encoding="utf-8")
        try:
            request = self._client.build_request("POST", address, content=body, headers=headers)
        except (httpx.InvalidURL, ValueError):  # 300.1.1.1, a label of 64 letters
            raise InputError("has an address that is none") from None
        flow = self._flow(request)
        request = next(flow)
        while True:
            answer = await self._answer(request)
            try:
                request = flow.send(answer)
            except StopIteration:
                break
            except (httpx.ProtocolError, LookupError, ValueError, NotImplementedError):  # a challenge that is none
                raise InputError("asks for a login in a way that is not understood") from None
        return _judged(answer)

    def _flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        if self._login is None:
            yield request
        else:
            yield from httpx.DigestAuth(self._login.user, self._login.password).auth_flow(request)

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        """Read an answer whole, but no more than allowed: httpx itself has no limit."""
        try:
            answer = await self._client.send(request, stream=True, follow_redirects=False)
            try:
                if answer.headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise InputError("answers with compressed content, which was not asked for")
                content = b""
                async for chunk in answer.aiter_raw():
                    content += chunk
                    if len(content) > MOST_BYTES:
                        raise InputError(f"answers with more than {MOST_BYTES // 1024} KiB, which is not read")
            finally:
                await answer.aclose()
        except httpx.TimeoutException:
            raise InputError("does not answer in time") from None
        except httpx.ConnectError:
            raise InputError("cannot be reached: nothing listens on that port, or no way leads there") from None
        except httpx.HTTPError as exc:
            raise InputError(f"does not speak HTTP as it should ({type(exc).__name__})") from None
        kept: Any = [(name, text) for name, text in answer.headers.multi_items() if name in _KEPT_HEADERS]
        return httpx.Response(answer.status_code, headers=kept, content=content, request=request)


_KEPT_HEADERS = {"content-type", "www-authenticate"}


def _judged(answer: httpx.Response) -> httpx.Response:
    if answer.status_code in {401, 403}:
        raise AccessRefused("refuses the login")
    if answer.is_redirect:
        raise InputError("sends to another address, which is not followed; give the right one as --host http(s)://…")
    if answer.headers.get("Content-Type", "").lower().startswith("multipart/"):
        raise InputError("answers in several parts, which is not read")
    if answer.status_code not in {200, 400, 500}:
        raise InputError(f"answers with HTTP status {answer.status_code}: is ONVIF switched on there?")
    return answer
