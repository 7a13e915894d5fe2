"""Files, cards and a cache for adding models."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from inference.adding import add
from inference.adding.looking import bring_and_check
from inference.models.cache import ModelCache
from inference.models.card import ModelCard

Json = dict[str, Any]


@pytest.fixture
def cache(tmp_path: Path) -> ModelCache:
    """An empty cache."""
    return ModelCache(tmp_path / "cache")


@pytest.fixture
def onnx_file(own_networks: ModuleType, tmp_path: Path) -> Path:
    """A whole file that fits ``single_card``."""
    folder = tmp_path / "given"
    folder.mkdir()
    return Path(own_networks.save(own_networks.single(), folder / "mine.onnx"))


@pytest.fixture
def single_card(own_networks: ModuleType) -> Callable[..., ModelCard]:
    """``single_card(**changes)``: a card of crops whose answer is always the middle."""
    return lambda **changes: ModelCard.model_validate(own_networks.SINGLE | changes)


@pytest.fixture
def in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the child would do is done here: quicker, for tables of many files."""

    def work(what: str, request: Json, memory: int) -> Json:
        assert what == "add"
        assert memory > 2**30
        return bring_and_check(**request)

    monkeypatch.setattr(add, "in_child", work)
