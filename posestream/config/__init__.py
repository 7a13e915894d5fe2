"""The config file: YAML in, frozen models out, every mistake one line."""

from posestream.config.cameras import CameraConfig, LineConfig, Polygon, ZoneConfig
from posestream.config.load import load_config, parse_config
from posestream.config.root import Config
from posestream.config.rules import CrowdRuleConfig, LoiterRuleConfig, RuleConfig, ZoneRuleConfig
from posestream.config.sections import ModelConfig, ServeConfig, StoreConfig

__all__ = [
    "CameraConfig",
    "Config",
    "CrowdRuleConfig",
    "LineConfig",
    "LoiterRuleConfig",
    "ModelConfig",
    "Polygon",
    "RuleConfig",
    "ServeConfig",
    "StoreConfig",
    "ZoneConfig",
    "ZoneRuleConfig",
    "load_config",
    "parse_config",
]
