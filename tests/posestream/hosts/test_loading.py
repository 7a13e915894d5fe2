import subprocess
import sys
import threading

import pytest

from posestream.hosts.loading import Loading


def test_what_is_loaded_at_once() -> None:
    loading = Loading(lambda: "ready")
    assert loading.wait(threading.Event(), lambda: None) == "ready"
    assert not loading.is_unfinished


def test_it_turns_while_it_loads() -> None:
    turns, enough = list[int](), threading.Event()

    def turn() -> None:
        turns.append(1)
        if len(turns) == 3:
            enough.set()

    assert Loading(lambda: enough.wait(30)).wait(threading.Event(), turn) is True
    assert len(turns) >= 3


def test_what_loads_for_ever_is_no_sign_of_life() -> None:
    turns, ended = list[int](), threading.Event()
    loading = Loading(lambda: ended.wait(0.5))
    loading.wait(threading.Event(), lambda: turns.append(1), 0.2)
    assert len(turns) == 2


def test_what_goes_wrong_is_raised_to_the_one_who_waits() -> None:
    def load() -> None:
        raise ValueError("no such model")

    with pytest.raises(ValueError, match="no such model"):
        Loading(load).wait(threading.Event(), lambda: None)


def test_the_end_does_not_wait_for_it() -> None:
    stop, ended = threading.Event(), threading.Event()
    loading = Loading(lambda: ended.wait(30))
    assert loading.wait(stop, stop.set) is None
    assert loading.is_unfinished
    ended.set()


@pytest.mark.parametrize("code", [0, 130])
def test_a_process_leaves_with_its_code_and_all_that_it_said(code: int) -> None:
    program = f"from posestream.hosts.loading import leave; print('said'); leave('infer', {code}); print('more')"
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == code
    assert "said" in ended.stdout
    assert "more" not in ended.stdout
