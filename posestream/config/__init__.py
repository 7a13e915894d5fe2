"""The config file: YAML in, frozen models out, every mistake one line."""

from posestream.config.cameras import CameraConfig, LineConfig, Polygon, ZoneConfig
from posestream.config.dewarp import DewarpConfig
from posestream.config.kafka import KafkaConfig
from posestream.config.load import load_config, parse_config
from posestream.config.root import Config
from posestream.config.rules import (
    CameraRuleConfig,
    CameraTrouble,
    CrowdRuleConfig,
    LoiterRuleConfig,
    RuleConfig,
    ZoneRuleConfig,
)
from posestream.config.sections import (
    ArchiveConfig,
    InfluxStoreConfig,
    MetricsConfig,
    ModelConfig,
    ServeConfig,
    SqliteStoreConfig,
    StoreConfig,
)

__all__ = [
    "ArchiveConfig",
    "CameraConfig",
    "CameraRuleConfig",
    "CameraTrouble",
    "Config",
    "CrowdRuleConfig",
    "DewarpConfig",
    "InfluxStoreConfig",
    "KafkaConfig",
    "LineConfig",
    "LoiterRuleConfig",
    "MetricsConfig",
    "ModelConfig",
    "Polygon",
    "RuleConfig",
    "ServeConfig",
    "SqliteStoreConfig",
    "StoreConfig",
    "ZoneConfig",
    "ZoneRuleConfig",
    "load_config",
    "parse_config",
]
