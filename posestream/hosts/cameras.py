"""Which camera of the config a source is."""

from pathlib import Path

from pydantic import SecretStr

from ingest.source import Source, camera_source
from posestream.config import CameraConfig, Config
from posestream.errors import InputError, UsageError


def plain_camera(source: Source, camera_id: str) -> CameraConfig:
    """Give the camera of a source that no config speaks of: no zones, default rate and size."""
    return CameraConfig(id=camera_id, url=SecretStr(source.address))


def configured_camera(config: Config, source: Source) -> CameraConfig | None:
    """Give the camera as which a source is watched or analysed, None if the config does not speak of it.

    The only camera of a config is applied to every source; of several, the one whose url is that source.
    """
    if len(config.cameras) == 1:
        return config.cameras[0]
    for camera in config.cameras:
        try:
            candidate = camera_source(camera)
        except (InputError, UsageError):
            continue
        if _place(candidate) == _place(source):
            return camera
    return None


def _place(source: Source) -> str:
    return source.address if source.is_live else str(Path(source.address).resolve())
