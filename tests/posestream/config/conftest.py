"""A config file in few words."""

from collections.abc import Callable

import pytest

from posestream.config import parse_config
from posestream.errors import ConfigError


@pytest.fixture
def refusal() -> Callable[..., str]:
    """Give the message with which a text is refused: refusal(text, NAME="value of a variable")."""

    def refuse(text: str, **environment: str) -> str:
        with pytest.raises(ConfigError) as caught:
            parse_config(text, "f.yaml", environment)
        return str(caught.value)

    return refuse
