"""What a new config changes of a running one: which cameras, which rules, and what needs a restart."""

from dataclasses import dataclass

from pydantic import ValidationError

from posestream.config.cameras import CameraConfig
from posestream.config.mistakes import mistakes_of, one_line
from posestream.config.root import Config
from posestream.errors import ConfigError

# Where rules look: read by trackers and rules, never by what captures. Any other key of a camera restarts its capture.
_DRAWN = {"zones", "lines"}
_WHILE_RUNNING = {"cameras", "rules"}


@dataclass(frozen=True)
class ConfigChanges:
    """The difference of two configs, as ids of cameras and rules and paths of keys; empty if they are the same.

    ``recaptured``: cameras that must be opened anew; ``redrawn``: cameras of which zones or lines are others, and
    nothing that their capture reads; ``needs_restart``: keys that are read at the start only.
    """

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    recaptured: tuple[str, ...] = ()
    redrawn: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    needs_restart: tuple[str, ...] = ()

    @property
    def touches_what_runs(self) -> bool:
        """Whether anything changes without a restart."""
        return bool(self.added or self.removed or self.recaptured or self.redrawn or self.rules)


def changes_between(old: Config, new: Config) -> ConfigChanges:
    """Give what changes from ``old`` to ``new``; the order of cameras means nothing."""
    before, after = ({camera.id: camera for camera in config.cameras} for config in (old, new))
    both = [(before[name], after[name]) for name in before if name in after]
    return ConfigChanges(
        added=tuple(name for name in after if name not in before),
        removed=tuple(name for name in before if name not in after),
        recaptured=tuple(new.id for old, new in both if is_recaptured(old, new)),
        redrawn=tuple(new.id for old, new in both if old != new and not is_recaptured(old, new)),
        rules=_changed_rules(old, new),
        needs_restart=tuple(key for name in Config.model_fields if name not in _WHILE_RUNNING
                            for key in _changed_keys(name, getattr(old, name), getattr(new, name))),
    )  # fmt: skip


def is_recaptured(old: CameraConfig, new: CameraConfig) -> bool:
    """Tell whether a camera must be opened anew to be as ``new`` says."""
    return any(getattr(old, key) != getattr(new, key) for key in CameraConfig.model_fields if key not in _DRAWN)


def changed_config(old: Config, new: Config) -> Config:
    """Give what runs after ``new`` came: its cameras and rules, and the rest of ``old``, which needs a restart.

    Raises:
        ConfigError: if those do not go together, as masks and a transport that cannot mask.
    """
    try:
        return Config.model_validate({**dict(old), "cameras": new.cameras, "rules": new.rules})
    except ValidationError as exc:
        mistakes = "; ".join(mistakes_of(exc))
    raise ConfigError(one_line(f"{mistakes} (what else the config changes needs a restart)"))


def _changed_rules(old: Config, new: Config) -> tuple[str, ...]:
    before, after = ({rule.id: rule for rule in config.rules} for config in (old, new))
    return tuple(name for name in {**before, **after} if before.get(name) != after.get(name))


def _changed_keys(name: str, old: object, new: object) -> tuple[str, ...]:
    """Give the paths of what differs in a section: ``serve.port``; its name alone if it is of another kind."""
    if old == new:
        return ()
    fields = getattr(type(old), "model_fields", None)
    if fields is None or type(old) is not type(new):
        return (name,)
    return tuple(f"{name}.{key}" for key in fields if getattr(old, key) != getattr(new, key))
