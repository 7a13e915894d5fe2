"""What every request passes first: is it really our page that asks, on this machine?

A page of another site can make the browser ask us. By DNS rebinding it would do so under its own name, so the
Host header must be one of ours; otherwise the browser tells its Origin, which must be one of ours too.
"""

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sinks.serve.problems import problem

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

_SAFE = {"GET", "HEAD", "OPTIONS"}
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def loopback_hosts(port: int) -> frozenset[str]:
    """Give the Host headers under which a page on this machine's own address may be asked for."""
    names = ("127.0.0.1", "localhost", "[::1]")
    bare = names if port == 80 else ()
    return frozenset([*(f"{name}:{port}" for name in names), *bare])


class Guard:
    """ASGI middleware: refuses foreign hosts and origins, sets the security headers on every answer."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(hosts)
        self._origins = frozenset(f"http://{host}" for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        refusal = self._refusal(headers) or _unasked(scope.get("method", "GET"), headers)
        if scope["type"] == "websocket":
            if refusal:
                await send({"type": "websocket.close", "code": 1008})  # before accept: answered with 403
                return
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = MutableHeaders(scope=message)
                own.update(SECURITY_HEADERS)
                own.setdefault("Cache-Control", "no-store")
            await send(message)

        app = problem(*refusal) if refusal else self._app
        await app(scope, receive, send_with_headers)

    def _refusal(self, headers: Headers) -> tuple[int, str] | None:
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._hosts:
            return 421, "this page answers only under its own address on this machine"
        origins = headers.getlist("origin")
        if any(origin.lower() not in self._origins for origin in origins):
            return 403, "another site's page may not ask here"
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return 403, "another site's page may not ask here"
        return None


def _unasked(method: str, headers: Headers) -> tuple[int, str] | None:
    """Refuse a change that a browser sends for anything but our own page: a link, another port's page, a form."""
    if method in _SAFE or headers.get("sec-fetch-site", "none") == "same-origin":
        return None
    if headers.get("sec-fetch-site") is None:
        return None  # no browser of today; one of yesterday tells its Origin, which was looked at
    return 403, "only this page itself may change something here"
