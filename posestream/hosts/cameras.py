"""Which camera of the config a source is."""

from pathlib import Path

from pydantic import SecretStr

from ingest.source import Source, SourceKind, parse_source
from posestream.config import CameraConfig, Config
from posestream.errors import InputError, UsageError


def plain_camera(source: Source, camera_id: str) -> CameraConfig:
    """Give the camera of a source that no config speaks of: no zones, default rate and size."""
    return CameraConfig(id=camera_id, url=SecretStr(source.address))


def camera_for_file(config: Config, source: Source) -> CameraConfig | None:
    """Give the camera that a file is analysed as, None if the config does not speak of it.

    The only camera of a config is applied to every file; of several, the one whose url is that file.
    """
    if len(config.cameras) == 1:
        return config.cameras[0]
    wanted = Path(source.address).resolve()
    for camera in config.cameras:
        try:
            candidate = parse_source(camera.url.get_secret_value())
        except (InputError, UsageError):
            continue
        if candidate.kind is not SourceKind.RTSP and Path(candidate.address).resolve() == wanted:
            return camera
    return None
