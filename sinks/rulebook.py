"""Which rules hold for which camera, looked up once."""

from dataclasses import dataclass, field

from posestream.config import CameraConfig, Config, RuleConfig


@dataclass
class Rulebook:
    """Which rules hold for which camera; one that the config does not name is a plain camera, without zones."""

    config: Config
    _of: dict[str, tuple[CameraConfig, tuple[RuleConfig, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look up once what holds for the config's cameras."""
        self.take(self.config)

    def take(self, config: Config) -> None:
        """Go on with another config; may come from any thread: each event is judged by the one or the other."""
        self._of = {camera.id: (camera, config.rules_of(camera)) for camera in config.cameras}
        self.config = config

    def of(self, camera_id: str) -> tuple[CameraConfig, tuple[RuleConfig, ...]]:
        """Give a camera and its rules."""
        known = self._of.get(camera_id)
        if known is not None:
            return known
        plain = CameraConfig.model_validate({"id": camera_id, "url": "kafka:elsewhere"})
        return plain, self.config.rules_of(plain)
