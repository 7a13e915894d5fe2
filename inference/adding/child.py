"""A process of its own for files that nobody has looked into yet: little memory, a deadline, and no harm if it dies.

    python -P -m inference.adding.child '{"what": …}' FD

What comes of it is one JSON object on the descriptor: the result, or the error's kind and message.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from inference.adding.limits import limit_process
from inference.adding.looking import bring_and_check, measure
from posestream.errors import InputError, ModelMissing, PosestreamError, UsageError

Json = dict[str, Any]
DEADLINE = 300.0
"""Seconds."""
_LONGEST = 1000  # letters of a message: all of it must fit into the pipe
_KINDS: Mapping[str, Callable[[str], PosestreamError]] = MappingProxyType(
    {kind.__name__: kind for kind in (InputError, ModelMissing, UsageError, PosestreamError)}
)
_WORK: Mapping[str, Callable[..., Json]] = MappingProxyType({"add": bring_and_check, "check": measure})


def in_child(what: str, request: Json, memory: int, deadline: float = DEADLINE) -> Json:
    """Let a child do ``what`` ("add" or "check") in so many bytes of memory and seconds; give its result.

    Raises:
        PosestreamError: the child's own, or one that says how the child ended.
    """
    reader, writer = os.pipe()
    seconds = int(deadline + 1) * (len(os.sched_getaffinity(0)) + 1)
    order = json.dumps({"what": what, "request": request, "memory": memory, "seconds": seconds})
    command = [sys.executable, "-P", "-m", "inference.adding.child", order, str(writer)]
    with os.fdopen(reader, "rb") as answers:
        try:
            done = subprocess.run(  # noqa: S603  # a fixed list, no shell
                command, stdin=subprocess.DEVNULL, capture_output=True, pass_fds=[writer], timeout=deadline, check=False
            )
        except subprocess.TimeoutExpired:
            raise InputError(f"not done after {deadline:.0f} s: given up") from None
        finally:
            os.close(writer)
        text = answers.read()
    try:
        answer = json.loads(text)
    except ValueError:
        raise InputError(_death(done.returncode, done.stderr)) from None
    if "error" in answer:
        raise _KINDS[answer["error"]](answer["message"])
    result: Json = answer["result"]
    return result


def _death(code: int, errors: bytes) -> str:
    """Say how a child ended that gave no answer, with the last line that it wrote."""
    if code >= 0:
        lines = errors[-_LONGEST:].decode(errors="replace").split("\n")
        last = "".join(f": {line.strip()}" for line in [line for line in lines if line.strip()][-1:])
        return f"the process that tried it ended with code {code}{last}"
    if -code == signal.SIGKILL:
        return "the process that tried it was killed: most likely it took too much memory"
    return f"the engine crashed on it (signal {-code}, {signal.strsignal(-code)})"


def _told(exc: PosestreamError) -> Json:
    kind = type(exc).__name__
    return {"error": kind if kind in _KINDS else PosestreamError.__name__, "message": str(exc)[:_LONGEST]}


def _too_much(memory: int) -> Json:
    message = f"it takes more than the {memory / 2**30:.1f} GiB of memory that are enough for its size"
    return {"error": InputError.__name__, "message": message}


def main(order: str, descriptor: str) -> None:
    """Do what the order says and write the answer to the descriptor."""
    wanted = json.loads(order)
    limit_process(wanted["memory"], wanted["seconds"])  # the time is for a child that is left alone
    answer: Json
    try:
        answer = {"result": _WORK[wanted["what"]](**wanted["request"])}
    except PosestreamError as exc:
        answer = _too_much(wanted["memory"]) if "bad_alloc" in str(exc) else _told(exc)
    except MemoryError:
        answer = _too_much(wanted["memory"])
    except Exception as exc:  # noqa: BLE001  # whatever a strange file sets off in a library: one line of it
        answer = _told(InputError(f"{type(exc).__name__}: {' '.join(str(exc).split())[:200]}"))
    Path(f"/proc/self/fd/{descriptor}").write_text(json.dumps(answer))
    os._exit(0)  # an engine's threads shall not crash at the end of a job well done


if __name__ == "__main__":
    main(*sys.argv[1:])
