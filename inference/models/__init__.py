"""Models: cards, where their weights are kept, and how they get there."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from inference.models.card import ModelCard, load_card
from posestream.errors import UsageError

CARD_FOLDER = Path(__file__).parent / "cards"
BUILT_IN = ("movenet-multipose", "movenet-thunder", "nanodet", "blazepose-full")
ON_REQUEST = ("posenet", "centernet")
"""The licence of their weights is unclear: they are pulled by name only, and a user's own of this name goes first."""


@cache
def card_by_name(name: str) -> ModelCard:
    """Give a built-in card or one on request; raises UsageError naming those that there are."""
    if name not in {*BUILT_IN, *ON_REQUEST}:
        raise UsageError(f"unknown model '{name}': there are {', '.join([*BUILT_IN, *ON_REQUEST])}")
    return load_card(CARD_FOLDER / f"{name}.yaml")


def built_in_cards() -> tuple[ModelCard, ...]:
    """Give all built-in cards in a fixed order, without those on request."""
    return tuple(card_by_name(name) for name in BUILT_IN)


def cards_on_request() -> tuple[ModelCard, ...]:
    """Give the cards of the models on request in a fixed order."""
    return tuple(card_by_name(name) for name in ON_REQUEST)


def pull_words(cards: Sequence[ModelCard]) -> str:
    """Give the command that pulls these models: by their names if one of them is on request."""
    named = any(card.name in ON_REQUEST for card in cards)
    return " ".join(["posestream models pull", *(card.name for card in cards if named)])
