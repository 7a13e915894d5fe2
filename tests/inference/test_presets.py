from pathlib import Path

import pytest

from inference.models import card_by_name
from inference.models.cache import ModelCache
from inference.network import Network
from inference.presets import PRESETS, open_preset
from inference.runners.runner import FunctionRunner
from posestream.clock import SettableClock
from posestream.errors import ModelMissing, UsageError
from posestream.skeletons import COCO17


@pytest.mark.parametrize("name", ["", "fastest", "Accurate", "3d"])
def test_an_unknown_preset_is_answered_by_the_known_ones(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match=r"^unknown preset '.*': there are fast, accurate$") as caught:
        open_preset(name, ModelCache(tmp_path), 1, SettableClock())
    assert caught.value.exit_code == 2


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_that_was_not_pulled_says_what_to_do(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelMissing, match="run 'posestream models pull' once") as caught:
        open_preset(name, ModelCache(tmp_path), 1, SettableClock())
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "models"),
    [("fast", ["movenet-multipose"]), ("accurate", ["movenet-multipose", "nanodet", "movenet-thunder"])],
)
def test_a_preset_is_made_of_its_networks(name: str, models: list[str]) -> None:
    opened = PRESETS[name](
        lambda model: Network(card_by_name(model), FunctionRunner(lambda tensor: [tensor])), SettableClock()
    )
    assert opened.identity == "+".join(card_by_name(model).identity for model in models)
    assert opened.skeleton is COCO17
    assert opened.can_follow == (name == "accurate")


@pytest.mark.weights
@pytest.mark.usefixtures("pulled_models")
@pytest.mark.parametrize("threads", [0, 1])
def test_a_pulled_preset_opens(threads: int) -> None:
    from inference.models.cache import default_cache  # noqa: PLC0415  # only where models are

    composition = open_preset("fast", ModelCache(default_cache()), threads, SettableClock())
    assert composition.identity.startswith("movenet-multipose@")
    composition.close()
