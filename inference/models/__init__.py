"""Models: cards, where their weights are kept, and how they get there."""

from functools import cache
from pathlib import Path

from inference.models.card import ModelCard, load_card
from posestream.errors import UsageError

CARD_FOLDER = Path(__file__).parent / "cards"
BUILT_IN = ("movenet-multipose", "movenet-thunder", "nanodet", "blazepose-full")


@cache
def card_by_name(name: str) -> ModelCard:
    """Give a built-in card; raises UsageError naming those that there are."""
    if name not in BUILT_IN:
        raise UsageError(f"unknown model '{name}': there are {', '.join(BUILT_IN)}")
    return load_card(CARD_FOLDER / f"{name}.yaml")


def built_in_cards() -> tuple[ModelCard, ...]:
    """Give all built-in cards in a fixed order."""
    return tuple(card_by_name(name) for name in BUILT_IN)
