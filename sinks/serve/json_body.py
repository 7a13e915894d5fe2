"""The JSON object of a request, read with suspicion."""

import json
from typing import Any

from starlette.requests import Request

from sinks.serve.desk import Refused

MOST_BYTES = 64_000


async def json_body(request: Request) -> dict[str, Any]:
    """Give the object in a request's body; raises Refused.

    Its type must be said to be JSON: a form of another site's page cannot say so without being asked first.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise Refused(415, "wanted Content-Type: application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise Refused(413, f"a camera has at most {MOST_BYTES} bytes")
    try:
        found = json.loads(body, object_pairs_hook=_unique, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise Refused(400, "not valid JSON: wanted an object without doubled keys, NaN or deep nesting") from None
    if not isinstance(found, dict):
        raise Refused(400, "wanted a JSON object")
    return found


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("doubled key")
    return dict(pairs)


def _no_number(name: str) -> float:
    raise ValueError(name)
