import signal
import subprocess
import sys

import pytest

from posestream.lifecycle import StopSignals

# Says when it is ready, waits for the end, says that it drained.
WAITS = """
from posestream.lifecycle import StopSignals
with StopSignals() as signals:
    print("ready", flush=True)
    signals.stop.wait(60)
    print("drained", flush=True)
    {then}
raise SystemExit(signals.exit_code)
"""


# In a process of its own: an engine in this one may have left a signal stack on which no handler can run.
SIGNALS_ITSELF = """
import os, signal, sys
from posestream.lifecycle import StopSignals
number, code = int(sys.argv[1]), int(sys.argv[2])
former = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
with StopSignals() as signals:
    os.kill(os.getpid(), number)
    assert signals.stop.wait(10)
    # At once, so that a second signal ends a drain that hangs.
    assert {one: signal.getsignal(one) for one in former} == former
assert signals.exit_code == code
assert {one: signal.getsignal(one) for one in former} == former
"""


# The main thread sits in a library's call that knows nothing of signals, as a Kafka client's may be. No thread takes
# its turn from it before: "ready" is said from within the call.
DEAF = """
import hashlib, sys, threading
from posestream.lifecycle import StopSignals
called = threading.Event()
def watch(signals):
    called.wait()
    print("ready", flush=True)
    signals.stop.wait(60)
    print("heard", signals.exit_code, flush=True)
with StopSignals() as signals:
    sys.setswitchinterval(100)
    threading.Thread(target=watch, args=(signals,), daemon=True).start()
    called.set()
    hashlib.pbkdf2_hmac("sha256", b"", b"", 2_000_000_000)
"""


def test_without_a_signal_all_is_done() -> None:
    with StopSignals() as signals:
        assert not signals.stop.is_set()
    assert signals.exit_code == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_asks_for_the_end_and_the_former_handlers_come_back(number: signal.Signals, code: int) -> None:
    done = subprocess.run([sys.executable, "-c", SIGNALS_ITSELF, str(int(number)), str(code)], check=False)
    assert done.returncode == 0


def test_handlers_come_back_after_an_exception() -> None:
    former = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyError), StopSignals():
        raise KeyError
    assert signal.getsignal(signal.SIGINT) is former


def waiting(then: str) -> "subprocess.Popen[str]":
    return started(WAITS.format(then=then))


def started(script: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_process_drains_and_tells_by_its_exit_code_who_ended_it(number: signal.Signals, code: int) -> None:
    with waiting("pass") as process:
        process.send_signal(number)
        assert process.communicate(timeout=30)[0] == "drained\n"
    assert process.returncode == code


def test_a_second_signal_ends_a_drain_that_hangs() -> None:
    with waiting("import threading; threading.Event().wait(60)") as process:
        process.send_signal(signal.SIGTERM)
        assert process.stdout is not None
        assert process.stdout.readline() == "drained\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == -signal.SIGTERM


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_are_heard_while_the_main_thread_sits_in_a_call(number: signal.Signals, code: int) -> None:
    with started(DEAF) as process:
        try:
            process.send_signal(number)
            assert process.stdout is not None
            assert process.stdout.readline() == f"heard {code}\n"
            process.send_signal(number)
            assert process.wait(30) == code
        finally:
            process.kill()


def test_no_wakeup_is_left_behind() -> None:
    with StopSignals():
        pass
    assert signal.set_wakeup_fd(-1) == -1
