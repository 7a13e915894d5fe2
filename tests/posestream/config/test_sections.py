from pathlib import Path

import pytest
from pydantic import ValidationError

from posestream.config import ModelConfig, ServeConfig, StoreConfig


def test_defaults() -> None:
    assert (ModelConfig().preset, ModelConfig().threads, ModelConfig().detector_every) == ("accurate", 0, 0)
    assert (StoreConfig().kind, StoreConfig().path) == ("sqlite", Path("posestream.db"))
    assert (ServeConfig().bind, ServeConfig().port) == ("127.0.0.1", 8080)


@pytest.mark.parametrize("bind", ["0.0.0.0", "::", "192.168.0.2", ""])  # noqa: S104  # refused, that is the point
def test_the_page_is_for_this_machine_only(bind: str) -> None:
    with pytest.raises(ValidationError, match="Input should be"):
        ServeConfig.model_validate({"bind": bind})
