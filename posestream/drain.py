"""A drain that hangs is ended: a Kafka client may wait for minutes for a broker that is away, a model may compile long.

Supervisors send SIGKILL ten seconds after SIGTERM; a service ends by itself before.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from posestream.errors import DependencyError
from posestream.logs import get_log

MOST_DRAIN_SECONDS = 9.0


@contextmanager
def drained_in_time(worker: str, stop: threading.Event, seconds: float = MOST_DRAIN_SECONDS) -> Iterator[None]:
    """End the process with 4 when what is done within does not end so long after ``stop`` was set.

    It is as good as a SIGKILL, which loses nothing: the next start goes on from the last commit.
    """
    done = threading.Event()

    def watch() -> None:
        while not stop.wait(0.2):
            if done.is_set():
                return
        if not done.wait(seconds):
            reason = f"not drained within {seconds:g} s; the next start goes on from the last commit"
            get_log(worker.partition("/")[0]).error("gives_up", worker=worker, reason=reason)
            os._exit(DependencyError.exit_code)

    watcher = threading.Thread(target=watch, name="drain", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join(1.0)
