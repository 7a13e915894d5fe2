"""What the embedded pipeline is to watch: the config file, with what the API said laid over it."""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from posestream.config import CameraConfig, Config
from posestream.config.changes import ConfigChanges, changed_config
from posestream.config.mistakes import mistakes_of, one_line
from posestream.config.overlay import CameraOverlay, entry_of, save_overlay
from posestream.config.running import RunningConfig
from posestream.errors import UsageError
from posestream.hosts.line_up import Camera
from posestream.hosts.shown_url import shown_url, with_kept_secret
from posestream.logs import get_log
from sinks.serve.desk import Refused

Plan = Callable[[Config], Sequence[Camera]]
"""Gives the cameras to watch of a config, or raises UsageError."""


class EmbeddedDesk:
    """Takes changes from the config file and the API and gives the pipeline the cameras that hold; safe for threads.

    An entry of the API wins over the config file's camera of its id, whichever is newer; rules are the file's alone.
    A change is checked, then kept on disk, then taken. With sources of the command line (``fixed``) the API changes
    nothing.
    """

    def __init__(
        self,
        config: Config,
        overlay: CameraOverlay,
        file: Path,
        plan: Plan,
        wake: Callable[[], None],
        *,
        fixed: bool = False,
    ) -> None:
        self._file_config, self._overlay, self._file = config, overlay, file
        self._plan, self._wake, self._fixed = plan, wake, fixed
        self._lock = threading.RLock()
        self._news: deque[Sequence[Camera]] = deque(maxlen=1)
        held = overlay.over(config)
        self.first = tuple(plan(held))
        self._running = RunningConfig(held, self._use)

    def take(self) -> Sequence[Camera] | None:
        """Give the cameras to watch from now on, None while nothing is new; never waits, not for a disk either."""
        try:
            return self._news.popleft()
        except IndexError:
            return None

    def offer(self, config: Config) -> None:
        """Take what the config file says now; raises UsageError."""
        with self._lock:
            self._running.offer(self._overlay.over(config))
            before, self._file_config = self._file_config, config
            changed = {camera.id for camera in set(before.cameras) ^ set(config.cameras)} & self._overlay.cameras.keys()
        if changed:
            get_log("config").warning("config_overridden", cameras=sorted(changed), note="the API's cameras hold")

    def refuse(self, reason: str) -> None:
        """Say that the config file was not taken."""
        self._running.refuse(reason)

    def origins(self) -> dict[str, str]:
        """Give where each camera comes from."""
        with self._lock:
            if self._fixed:
                return {camera.id: "command line" for _, camera, _ in self._plan(self._running.config)}
            return {
                camera.id: "api" if camera.id in self._overlay.cameras else "file"
                for camera in self._running.config.cameras
            }

    def camera(self, camera_id: str) -> dict[str, Any]:
        """Give a camera's config, its secret hidden; raises Refused."""
        camera = self._known(camera_id)
        url = shown_url(camera.url.get_secret_value())
        return {"id": camera.id, "url": url, **entry_of(camera, with_url=False)}

    def add(self, body: dict[str, Any]) -> str:
        """Add a camera; gives its id; raises Refused."""
        with self._lock:
            camera = _checked(body)
            if camera.id in {known.id for known in self._running.config.cameras}:
                raise Refused(409, f"there is a camera '{camera.id}': PUT changes it")
            url = _meant(camera, "")
            self._change(self._overlay.having(camera.id, {"url": url, **entry_of(camera, with_url=False)}))
            return camera.id

    def replace(self, camera_id: str, body: dict[str, Any]) -> None:
        """Let a camera be as ``body`` says; raises Refused."""
        with self._lock:
            known = self._known(camera_id)
            current = known.url.get_secret_value()
            camera = _checked({"id": camera_id, "url": shown_url(current), **body})
            if camera.id != camera_id:
                raise Refused(422, f"id: wanted '{camera_id}': a camera keeps its id")
            entry, url = entry_of(camera, with_url=False), _meant(camera, current)
            if url is not None:
                entry = {"url": url, **entry}
            elif self._is_own_url(camera_id):
                entry = {"url": current, **entry}
            self._change(self._overlay.having(camera_id, entry))

    def remove(self, camera_id: str) -> None:
        """Take a camera away; raises Refused."""
        with self._lock:
            self._known(camera_id)
            in_file = any(camera.id == camera_id for camera in self._file_config.cameras)
            self._change(self._overlay.having(camera_id, None) if in_file else self._overlay.without(camera_id))

    def restore(self, camera_id: str) -> None:
        """Forget what the API said of a camera; raises Refused."""
        with self._lock:
            if camera_id not in self._overlay.cameras:
                raise Refused(404, f"nothing was said here of a camera '{camera_id}'")
            self._change(self._overlay.without(camera_id))

    def state(self) -> dict[str, Any]:
        """Give how the config is."""
        with self._lock:
            edited = {name: "removed" if entry is None else "set" for name, entry in self._overlay.cameras.items()}
            running = self._running
            return {"problem": running.problem, "needs_restart": list(running.needs_restart), "edited": edited}

    def _use(self, config: Config, _changes: ConfigChanges) -> None:
        self._news.append(self._plan(config))
        self._wake()

    def _change(self, overlay: CameraOverlay) -> None:
        if self._fixed:
            raise Refused(409, "the cameras were given on the command line: start without them to change cameras here")
        try:
            held = overlay.over(self._file_config)
            self._plan(changed_config(self._running.config, held))
        except UsageError as exc:
            raise Refused(422, one_line(str(exc))) from None
        save_overlay(self._file, overlay)
        self._overlay = overlay
        problem = self._running.problem
        self._running.offer(held)
        self._running.problem = problem  # it is the file's: this has not mended it

    def _known(self, camera_id: str) -> CameraConfig:
        with self._lock:
            cameras = (
                [camera for _, camera, _ in self._plan(self._running.config)]
                if self._fixed
                else self._running.config.cameras
            )
            for camera in cameras:
                if camera.id == camera_id:
                    return camera
        raise Refused(404, one_line(f"no camera '{camera_id}'"))

    def _is_own_url(self, camera_id: str) -> bool:
        return "url" in (self._overlay.cameras.get(camera_id) or {})


def _checked(body: dict[str, Any]) -> CameraConfig:
    try:
        return CameraConfig.model_validate(body)
    except ValidationError as exc:
        mistakes = "; ".join(mistakes_of(exc))
    raise Refused(422, one_line(mistakes))


def _meant(camera: CameraConfig, current: str) -> str | None:
    try:
        return with_kept_secret(camera.url.get_secret_value(), current)
    except UsageError as exc:
        raise Refused(422, str(exc)) from None
