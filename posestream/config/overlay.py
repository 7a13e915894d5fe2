"""Cameras that were added, changed or removed by the API: a file of its own that lies over the config file.

The config file is a person's, with comments and ``${NAME}``; it is never written. An entry of the overlay stands for
the whole camera and wins over the config file's; null takes the file's camera away. Where an entry has no url, the
config file's holds, so that a password that stands in the environment is not written down.
"""

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from posestream.config.base import Name, Section
from posestream.config.cameras import CameraConfig
from posestream.config.mistakes import mistakes_of, one_line
from posestream.config.root import Config
from posestream.errors import ConfigError, DependencyError

MOST_BYTES = 4_000_000


class CameraOverlay(Section):
    """What the API said of cameras; each change gives another overlay."""

    version: Literal[1] = 1
    cameras: dict[Name, dict[str, Any] | None] = Field(default={}, description="By id; null: taken away")

    def having(self, camera_id: str, entry: dict[str, Any] | None) -> "CameraOverlay":
        """Give the overlay with an entry set; its camera need not be in the config file."""
        return CameraOverlay(cameras={**self.cameras, camera_id: entry})

    def without(self, camera_id: str) -> "CameraOverlay":
        """Give the overlay without an entry: the config file's camera holds again, if there is one."""
        return CameraOverlay(cameras={name: entry for name, entry in self.cameras.items() if name != camera_id})

    def over(self, config: Config) -> Config:
        """Give what holds: the config with its cameras replaced, taken away and added to.

        Raises:
            ConfigError: if the two do not go together; the message holds no secret.
        """
        try:
            cameras = [self._held(camera) for camera in config.cameras]
            known = {camera.id for camera in config.cameras}
            added = [
                CameraConfig.model_validate({**entry, "id": name})
                for name, entry in self.cameras.items()
                if entry is not None and name not in known and "url" in entry
            ]
            held = tuple(camera for camera in cameras if camera is not None)
            return Config.model_validate({**dict(config), "cameras": (*held, *added)})
        except ValidationError as exc:
            mistakes = "; ".join(mistakes_of(exc))
        raise ConfigError(one_line(f"with the cameras that the API set: {mistakes}" if self.cameras else mistakes))

    def _held(self, camera: CameraConfig) -> CameraConfig | None:
        if camera.id not in self.cameras:
            return camera
        entry = self.cameras[camera.id]
        return None if entry is None else CameraConfig.model_validate({"url": camera.url, **entry, "id": camera.id})


def entry_of(camera: CameraConfig, *, with_url: bool) -> dict[str, Any]:
    """Give a camera as an entry: what is not default, the url with its secret or none at all."""
    entry = camera.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"id", "url"})
    return {"url": camera.url.get_secret_value(), **entry} if with_url else entry


def load_overlay(path: Path) -> CameraOverlay:
    """Read the overlay; one that is not there is empty.

    Raises:
        ConfigError: if the file cannot be read or is no overlay.
    """
    try:
        with path.open("rb") as file:
            return CameraOverlay.model_validate(json.loads(file.read(MOST_BYTES)))
    except FileNotFoundError:
        return CameraOverlay()
    except OSError as exc:
        reason = exc.strerror
    except (ValueError, RecursionError):  # pydantic's and JSON's; neither is shown: they quote what they found
        reason = "it is damaged or of another version"
    raise ConfigError(f"{path}: the cameras of the API cannot be read: {reason}; without the file the config holds")


def save_overlay(path: Path, overlay: CameraOverlay) -> None:
    """Write the overlay, readable by its owner only; after a crash the old file or the new one is there, whole.

    Raises:
        DependencyError: if it cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(overlay.model_dump(), file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(OSError):
                Path(name).unlink()
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as exc:
        raise DependencyError(f"{path}: cannot be written: {exc.strerror}") from exc
