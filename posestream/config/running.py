"""The config that runs: takes a new one while running or refuses it, and says so in one line."""

import threading
from collections.abc import Callable

from posestream.config.changes import ConfigChanges, changed_config, changes_between
from posestream.config.root import Config
from posestream.logs import get_log

_SHOWN = ("added", "removed", "recaptured", "redrawn", "rules")
Use = Callable[[Config, ConfigChanges], None]
"""Makes a config what runs, or raises UsageError and leaves all as it was."""
Told = Callable[[int], None]
"""Hears of each new config: 1 it was taken, 0 it was refused."""


class RunningConfig:
    """Holds what runs; safe for threads. Guarantee: a refused config changes nothing.

    Cameras and rules change while running; other keys wait for a restart and are named. ``problem`` is why the
    last offer was refused, empty after one that was taken; it holds no secret.
    """

    def __init__(self, config: Config, use: Use, told: Told = lambda _: None) -> None:
        self._config, self._use, self._told = config, use, told
        self._lock = threading.RLock()
        self._log = get_log("config")
        self.problem = ""
        self.needs_restart: tuple[str, ...] = ()

    @property
    def config(self) -> Config:
        """What runs."""
        return self._config

    def offer(self, new: Config) -> None:
        """Take a new config over; raises UsageError if it cannot run, and then the old one goes on."""
        with self._lock:
            changes = changes_between(self._config, new)
            if changes.touches_what_runs:
                config = changed_config(self._config, new)
                self._use(config, changes)
                self._config = config
            self._say_taken(changes)

    def refuse(self, reason: str) -> None:
        """Say that a new config was not taken; the old one goes on."""
        with self._lock:
            self.problem = "; ".join(reason.splitlines())
            self._told(0)
        self._log.error("config_refused", reason=self.problem, note="the cameras and rules of before go on")

    def _say_taken(self, changes: ConfigChanges) -> None:
        if changes.needs_restart and changes.needs_restart != self.needs_restart:
            self._log.warning("config_needs_restart", keys=list(changes.needs_restart))
        if changes.touches_what_runs:
            shown = {
                name: list(getattr(changes, name)) for name in ("added", "removed", "recaptured", "redrawn", "rules")
            }
            self._log.info("config_taken", **{name: ids for name, ids in shown.items() if ids})
        elif self.problem:
            self._log.info("config_taken")
        self.needs_restart, self.problem = changes.needs_restart, ""
        self._told(1)
