"""Progress bars on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn


@contextmanager
def frames_bar(title: str) -> Iterator[Callable[[int, int | None, int], None]]:
    """Give a callback of (frames done, frames expected, persons now)."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}", markup=False),  # a file's name may hold [brackets]
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.completed} frames, {task.fields[persons]} persons"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(title, total=None, persons=0)
        yield lambda done, expected, persons: progress.update(task, completed=done, total=expected, persons=persons)


@contextmanager
def download_bar() -> Iterator[Callable[[str, int, int], None]]:
    """Give a callback of (what is going on, bytes done, bytes in all)."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), DownloadColumn(), console=console
    ) as progress:
        task = progress.add_task("", total=None, start=True)
        yield lambda what, done, total: progress.update(task, description=what, completed=done, total=total)
