"""A process of its own for files that nobody has looked into yet: little memory, a deadline, and no harm if it dies.

    python -P -m inference.adding.child < ORDER > ANSWER

The order is one JSON object, and so is the answer: the result, or the error's kind and message. Neither fits into
arguments or the buffer of a pipe: a card may be long, and a model may have a thousand files of weights.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import IO, Any

from inference.adding.limits import end_with, environment_for, limit_process
from inference.adding.looking import bring_and_check, measure
from posestream.errors import InputError, ModelMissing, PosestreamError, UsageError

Json = dict[str, Any]
DEADLINE = 300.0
"""Seconds."""
_LONGEST = 1000  # letters of a message
_LONGEST_ANSWER = 2**24  # bytes: a name and a sha256 for each of as many files as a graph may have operators
_GRACE = 5.0  # seconds for the last of what an ended child wrote: somebody else may hold its pipe
_KINDS: Mapping[str, Callable[[str], PosestreamError]] = MappingProxyType(
    {kind.__name__: kind for kind in (InputError, ModelMissing, UsageError, PosestreamError)}
)
_WORK: Mapping[str, Callable[..., Json]] = MappingProxyType({"add": bring_and_check, "check": measure})


def in_child(what: str, request: Json, memory: int, deadline: float = DEADLINE) -> Json:
    """Let a child do ``what`` ("add" or "check") in so many bytes of memory and seconds; give its result.

    Raises:
        PosestreamError: the child's own, or one that says how the child ended.
    """
    seconds = int(deadline + 1) * (len(os.sched_getaffinity(0)) + 1)
    order = {"what": what, "request": request, "memory": memory, "seconds": seconds, "parent": os.getpid()}
    code, text, errors = _run(json.dumps(order).encode(), deadline)
    try:
        answer = json.loads(text)
    except ValueError:
        raise InputError(_death(code, errors)) from None
    if "error" in answer:
        raise _KINDS[answer["error"]](answer["message"])
    result: Json = answer["result"]
    return result


def _run(order: bytes, deadline: float) -> tuple[int, bytes, bytes]:
    """Start a child, wait for its end; give its code, its answer and the last that it wrote to stderr."""
    with _started(order) as child:
        try:
            answer, errors = _End(child.stdout, _LONGEST_ANSWER), _End(child.stderr, _LONGEST)
            code = child.wait(deadline)
            return code, answer.read(), errors.read()
        except subprocess.TimeoutExpired:
            raise InputError(f"not done after {deadline:.0f} s: given up") from None
        finally:
            child.kill()


def _started(order: bytes) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-P", "-m", "inference.adding.child"]
    known = environment_for(os.environ)
    try:
        with tempfile.TemporaryFile() as orders:
            orders.write(order)
            orders.seek(0)
            return subprocess.Popen(  # noqa: S603  # a fixed list, no shell
                command, stdin=orders, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=known
            )
    except OSError as exc:
        raise PosestreamError(f"the process that tries it cannot be started: {exc.strerror}") from exc


class _End:
    """The last bytes of a stream, read all the while: who writes never waits, and no memory is filled."""

    def __init__(self, stream: IO[bytes] | None, most: int) -> None:
        self._kept = bytearray()
        self._thread = threading.Thread(target=self._follow, args=(stream, most), daemon=True)
        self._thread.start()

    def read(self) -> bytes:
        """Give them when the stream has ended."""
        self._thread.join(_GRACE)
        return bytes(self._kept)

    def _follow(self, stream: IO[bytes], most: int) -> None:
        while piece := os.read(stream.fileno(), 2**16):
            self._kept += piece
            del self._kept[:-most]


def _death(code: int, errors: bytes) -> str:
    """Say how a child ended that gave no answer, with the last line that it wrote."""
    if code >= 0:
        text = errors.decode(errors="replace")
        lines = "".join(char if char.isprintable() or char == "\n" else "?" for char in text).split("\n")
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


def main() -> None:
    """Do what the order on stdin says and write the answer to stdout, where nothing else comes."""
    wanted = json.load(sys.stdin)
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what an engine prints is no answer
    end_with(wanted["parent"])
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
    with answers:
        json.dump(answer, answers)
    os._exit(0)  # an engine's threads shall not crash at the end of a job well done


if __name__ == "__main__":
    main()
