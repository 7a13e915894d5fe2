"""The user's own models in the cache: each folder holds its card."""

from pathlib import Path

from inference.models import BUILT_IN, ON_REQUEST, card_by_name
from inference.models.cache import ModelCache
from inference.models.card import LARGEST_KEPT, ModelCard, load_card
from posestream.errors import ConfigError, ModelMissing, UsageError

CARD_FILE = "card.yaml"


def own_names(cache: ModelCache) -> tuple[str, ...]:
    """Give the names of the user's models, sorted."""
    return tuple(sorted({path.parent.name.rpartition("@")[0] for path in _cards_in(cache)}))


def own_card(name: str, cache: ModelCache) -> ModelCard:
    """Give the card of a user's model.

    Raises:
        UsageError: if there is none of this name.
        ModelMissing: if its card is damaged.
    """
    for path in _cards_in(cache):
        if path.parent.name.rpartition("@")[0] != name:
            continue
        try:
            card = load_card(path, LARGEST_KEPT)
        except ConfigError as exc:
            reason = str(exc).splitlines()[0]
            raise ModelMissing(f"model '{name}': {reason}; add it again with 'posestream models add'") from None
        if cache.folder(card) != path.parent:
            raise ModelMissing(f"model '{name}': its card names another; add it again with 'posestream models add'")
        return card
    raise UsageError(f"unknown model '{name}': there are {', '.join(_known_names(cache))}")


def find_card(name: str, cache: ModelCache) -> ModelCard:
    """Give the card of a built-in model or of the user's own, else of one on request; raises as ``own_card``."""
    on_request = name in ON_REQUEST and name not in own_names(cache)
    return card_by_name(name) if name in BUILT_IN or on_request else own_card(name, cache)


def _cards_in(cache: ModelCache) -> list[Path]:
    """Give the user's cards; what begins with a dot is no model yet, or none any more."""
    return list(cache.root.glob(f"models/[!.]*@*/{CARD_FILE}"))


def _known_names(cache: ModelCache) -> list[str]:
    own = own_names(cache)
    return [*BUILT_IN, *(name for name in ON_REQUEST if name not in own), *own]
