"""The whole config file."""

from typing import Self

from pydantic import Field, field_validator, model_validator

from posestream.config.base import Name, Section
from posestream.config.cameras import CameraConfig
from posestream.config.kafka import KafkaConfig
from posestream.config.rules import RuleConfig
from posestream.config.sections import (
    ArchiveConfig,
    MetricsConfig,
    ModelConfig,
    ServeConfig,
    SqliteStoreConfig,
    StoreConfig,
)

# What ingest does to pictures, and cannot do to packets.
_NEEDS_PICTURES = {"privacy": "masked", "rotate": "turned", "dewarp": "dewarped", "crop": "cut"}


class Config(Section):
    """Everything that a posestream process is told; each part has a default."""

    site: Name = Field(default="site", description="Name of the place; tags every series")
    cameras: tuple[CameraConfig, ...] = Field(default=(), description="Cameras, clips and folders")
    rules: tuple[RuleConfig, ...] = Field(default=(), description="What raises an alert")
    model: ModelConfig = Field(default=ModelConfig(), description="The network")
    store: StoreConfig = Field(default=SqliteStoreConfig(), description="Series and alerts")
    serve: ServeConfig = Field(default=ServeConfig(), description="The live page")
    kafka: KafkaConfig = Field(default=KafkaConfig(), description="The broker of the services")
    archive: ArchiveConfig = Field(default=ArchiveConfig(), description="Poses and tracks as Parquet")
    metrics: MetricsConfig = Field(default=MetricsConfig(), description="What each service tells of itself")

    @field_validator("store", mode="before")
    @classmethod
    def _plain_store(cls, value: object) -> object:
        return {"kind": "sqlite"} | value if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _names_meet(self) -> Self:
        for kind, items in (("cameras", self.cameras), ("rules", self.rules)):
            ids = [item.id for item in items]
            if len(set(ids)) != len(ids):
                raise ValueError(f"{kind}: wanted unique ids, got {', '.join(ids)}")
        for number, rule in enumerate(self.rules):
            self._check_rule(f"rules[{number}]", rule)
        if self.kafka.transport == "packet":
            self._check_packets()
        return self

    def _check_packets(self) -> None:
        for number, camera in enumerate(self.cameras):
            for key, done in _NEEDS_PICTURES.items():
                if getattr(camera, key):
                    raise ValueError(
                        f"cameras[{number}].{key}: packets leave ingest as the camera made them, "
                        f"nothing can be {done}; use kafka.transport: jpeg"
                    )

    def _check_rule(self, where: str, rule: RuleConfig) -> None:
        known = {camera.id: {zone.id for zone in camera.zones} for camera in self.cameras}
        for camera in rule.cameras or ():
            if camera not in known:
                raise ValueError(f"{where}.cameras: no camera '{camera}'; there are {', '.join(known) or 'none'}")
        if rule.zone is None:
            return
        for camera in rule.cameras or ():
            if rule.zone not in known[camera]:
                raise ValueError(f"{where}.zone: camera '{camera}' has no zone '{rule.zone}'")
        if not any(rule.zone in zones for zones in known.values()):
            raise ValueError(f"{where}.zone: no camera has a zone '{rule.zone}'")

    def rules_of(self, camera: CameraConfig) -> tuple[RuleConfig, ...]:
        """Give the rules that hold for a camera: named or unnamed ones whose zone it has."""
        zones = {zone.id for zone in camera.zones}
        return tuple(
            rule
            for rule in self.rules
            if (rule.cameras is None or camera.id in rule.cameras) and (rule.zone is None or rule.zone in zones)
        )
