import pytest
from structlog.testing import capture_logs

from posestream.config import Config
from posestream.config.changes import ConfigChanges
from posestream.config.running import RunningConfig
from posestream.errors import UsageError


def config(*names: str, **keys: object) -> Config:
    cameras = [{"id": name, "url": f"rtsp://u:CANARY@{name}/x"} for name in names]
    return Config.model_validate({"cameras": cameras, **keys})


class Use:
    def __init__(self) -> None:
        self.used: list[tuple[Config, ConfigChanges]] = []
        self.refuse = ""

    def __call__(self, new: Config, changes: ConfigChanges) -> None:
        if self.refuse:
            raise UsageError(self.refuse)
        self.used.append((new, changes))


def test_cameras_are_taken_and_what_needs_a_restart_is_named_once() -> None:
    use, told = Use(), list[int]()
    running = RunningConfig(config("a"), use, told.append)
    with capture_logs() as logs:
        running.offer(config("a"))
        running.offer(config("b", site="new", serve={"port": 1}))
        running.offer(config("b", "c", site="new", serve={"port": 1}))
    assert [changes.added for _, changes in use.used] == [("b",), ("c",)]
    assert running.config == config("b", "c")
    assert running.needs_restart == ("site", "serve.port")
    assert [(log["event"], log.get("keys"), log.get("added"), log.get("removed")) for log in logs] == [
        ("config_needs_restart", ["site", "serve.port"], None, None),
        ("config_taken", None, ["b"], ["a"]),
        ("config_taken", None, ["c"], None),
    ]
    assert told == [1, 1, 1]
    assert "CANARY" not in repr(logs)


def test_a_refusal_is_one_line_and_changes_nothing_and_a_good_one_mends_it() -> None:
    use, told = Use(), list[int]()
    running = RunningConfig(config("a"), use, told.append)
    use.refuse = "camera 'b': no source"
    with pytest.raises(UsageError, match="no source"):
        running.offer(config("b"))
    with capture_logs() as logs:
        running.refuse("first line\nsecond line")
        assert (running.problem, running.config) == ("first line; second line", config("a"))
        running.offer(config("a"))
    assert [(log["event"], log["log_level"], log.get("reason")) for log in logs] == [
        ("config_refused", "error", "first line; second line"),
        ("config_taken", "info", None),
    ]
    assert (running.problem, told, use.used) == ("", [0, 1], [])
