"""A bar on standard error while an engine is built: that takes minutes."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from inference.runners.tensorrt_api import Report


@contextmanager
def build_bar(title: str, console: Console | None = None) -> Iterator[Report]:
    """Give a callback of (phase, steps done, steps in all); each phase that runs has a bar. Safe between threads."""
    columns = (TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console or Console(stderr=True), transient=True) as progress:
        progress.add_task(title, total=None)
        bars: dict[str, TaskID] = {}

        def report(phase: str, done: int, total: int) -> None:
            if done >= total:
                if phase in bars:
                    progress.remove_task(bars.pop(phase))
                return
            if phase not in bars:
                bars[phase] = progress.add_task(f"  {phase}", total=total)
            progress.update(bars[phase], completed=done)

        yield report
