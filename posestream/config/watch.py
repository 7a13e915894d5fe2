"""Watches the config file: what it says anew, or what is wrong with it."""

import os
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from watchfiles import watch

from posestream.config.load import load_config
from posestream.config.root import Config
from posestream.errors import ConfigError, UsageError
from posestream.logs import get_log

LOOK_SECONDS = 5.0
SETTLE_SECONDS = 0.3
GONE_SECONDS = 2.0
_END_SECONDS = 5.0
Signature = tuple[int, int, int, int]


class ConfigWatch:
    """While open, a thread looks whether the file was written, replaced by another or points to another.

    ``on_config`` gets each valid config, the first one too, and may refuse it by raising UsageError; ``on_mistake``
    gets what is wrong in lines that hold no secret, once for each writing. Both are called from that thread.
    The system tells of changes at once; besides, the file is looked at every few seconds, since file systems over a
    network tell nothing. A file is read once it has stood still for a moment, and is missed only when it stays away.
    A file without any key is a mistake: it is being written, or somebody emptied it.
    """

    def __init__(
        self,
        path: Path,
        on_config: Callable[[Config], None],
        on_mistake: Callable[[str], None],
        *,
        environment: Mapping[str, str] = os.environ,
        opens_cameras: bool = True,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        self._path, self._on_config, self._on_mistake = path, on_config, on_mistake
        self._environment, self._opens_cameras = environment, opens_cameras
        self._look_seconds = look_seconds
        self._known: Signature | str | None = "not looked at yet"
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="config-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        if self._thread is not threading.current_thread():
            self._thread.join(_END_SECONDS)

    def _run(self) -> None:
        while not self._closing.is_set():
            self._look()
            try:
                self._wait_for_changes()
            except (OSError, RuntimeError) as exc:  # no more watches to be had, a folder that went away
                get_log("config").debug("polled", reason=type(exc).__name__)
                self._closing.wait(self._look_seconds)

    def _wait_for_changes(self) -> None:
        """Look after each sign of change, and every few seconds, as long as the same folders are the right ones."""
        folders = self._folders()
        for _ in watch(
            *folders,
            watch_filter=None,
            recursive=False,
            stop_event=self._closing,
            rust_timeout=round(self._look_seconds * 1000),
            yield_on_timeout=True,
            raise_interrupt=False,
            debounce=400,
        ):
            self._look()
            if self._folders() != folders:
                return

    def _folders(self) -> tuple[Path, ...]:
        """Give where the name stands and where the file itself stands: it may be a link, or its folder may be."""
        places = (self._path.absolute().parent, self._path.resolve().parent)
        return tuple(sorted({place for place in places if place.is_dir()}))

    def _look(self) -> None:
        if self._signature() == self._known:
            return
        signature = self._settled()
        if self._closing.is_set() or signature == self._known:
            return
        self._known = signature
        try:
            config = load_config(self._path, self._environment, opens_cameras=self._opens_cameras)
            if not config.model_fields_set:
                raise ConfigError(f"{self._path}: the file is empty")  # noqa: TRY301  # told as the other mistakes are
            self._on_config(config)
        except UsageError as exc:
            self._on_mistake(str(exc))
        except Exception:  # noqa: BLE001  # the cameras go on, and so does the watch
            get_log("config").exception("config_not_taken")

    def _settled(self) -> Signature | None:
        """Give the file's signature once it is the same for a moment; for longer if the file is not there."""
        signature = self._signature()
        while not self._closing.wait(GONE_SECONDS if signature is None else SETTLE_SECONDS):
            before, signature = signature, self._signature()
            if signature == before:
                break
        return signature

    def _signature(self) -> Signature | None:
        try:
            found = self._path.stat()
        except (OSError, ValueError):
            return None
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
