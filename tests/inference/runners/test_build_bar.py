import io
import threading

from rich.console import Console

from inference.runners.build_bar import build_bar


def console(*, terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=100)


def text(of: Console) -> str:
    return of.file.getvalue()  # type: ignore[attr-defined]  # a StringIO


def test_each_phase_that_runs_has_a_bar() -> None:
    out = console(terminal=True)
    with build_bar("net [1]: building", out) as report:
        report("Building", 0, 2)
        report("Tactics", 1, 4)
        report("Tactics", 4, 4)
        report("Tactics", 4, 4)
        report("never begun", 0, 0)
        report("Tactics", 0, 3)
    assert "net [1]: building" in text(out)
    assert "Tactics" in text(out)


def test_without_a_terminal_there_is_no_bar() -> None:
    out = console(terminal=False)
    with build_bar("net", out) as report:
        report("Building", 0, 2)
    assert "\x1b" not in text(out)


def test_it_is_called_from_several_threads() -> None:
    with build_bar("net", console(terminal=True)) as report:

        def work(name: str) -> None:
            for step in range(50):
                report(name, step, 50)
            report(name, 50, 50)

        threads = [threading.Thread(target=work, args=(f"phase {number}",)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
