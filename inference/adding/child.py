"""A process of its own for files that nobody has looked into yet: little memory, a deadline, and no harm if it dies.

    python -P -m inference.adding.child '{"what": …}' FD

What comes of it is one JSON object on the descriptor: the result, or the error's kind and message.
"""

import json
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from inference.adding.looking import bring_and_check, measure
from posestream.errors import InputError, ModelMissing, PosestreamError, UsageError

Json = dict[str, Any]
DEADLINE = 300.0
"""Seconds."""
MOST_MEMORY = 12 * 2**30
"""Address space of the process; what engines only reserve counts, too."""
_KINDS: Mapping[str, Callable[[str], PosestreamError]] = MappingProxyType(
    {kind.__name__: kind for kind in (InputError, ModelMissing, UsageError, PosestreamError)}
)
_WORK: Mapping[str, Callable[..., Json]] = MappingProxyType({"add": bring_and_check, "check": measure})


def in_child(what: str, request: Json, *, deadline: float = DEADLINE, memory: int = MOST_MEMORY) -> Json:
    """Let a child do ``what`` ("add" or "check"); give its result.

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
        raise InputError(_death(done.returncode)) from None
    if "error" in answer:
        raise _KINDS[answer["error"]](answer["message"])
    result: Json = answer["result"]
    return result


def _death(code: int) -> str:
    """Say how a child ended that gave no answer."""
    if code >= 0:
        return f"the process that tried it ended with code {code}"
    if -code == signal.SIGKILL:
        return "the process that tried it was killed: most likely it took too much memory"
    return f"the engine crashed on it (signal {-code}, {signal.strsignal(-code)})"


def main(order: str, descriptor: str) -> None:
    """Do what the order says and write the answer to the descriptor."""
    wanted = json.loads(order)
    resource.setrlimit(resource.RLIMIT_AS, (wanted["memory"], wanted["memory"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (wanted["seconds"], wanted["seconds"]))  # if we are left alone
    answer: Json
    try:
        answer = {"result": _WORK[wanted["what"]](**wanted["request"])}
    except PosestreamError as exc:
        kind = type(exc).__name__ if type(exc).__name__ in _KINDS else PosestreamError.__name__
        answer = {"error": kind, "message": str(exc)}
    except MemoryError:
        answer = {"error": InputError.__name__, "message": f"needs more than {wanted['memory'] / 2**30:.0f} GiB"}
    Path(f"/proc/self/fd/{descriptor}").write_text(json.dumps(answer))
    os._exit(0)  # an engine's threads shall not crash at the end of a job well done


if __name__ == "__main__":
    main(*sys.argv[1:])
