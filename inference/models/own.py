"""The user's own models in the cache: each folder holds its card."""

from inference.models import BUILT_IN, card_by_name
from inference.models.cache import ModelCache
from inference.models.card import ModelCard, load_card
from posestream.errors import ConfigError, ModelMissing, UsageError

CARD_FILE = "card.yaml"


def own_names(cache: ModelCache) -> tuple[str, ...]:
    """Give the names of the user's models, sorted."""
    return tuple(sorted({path.parent.name.rpartition("@")[0] for path in cache.root.glob(f"models/*@*/{CARD_FILE}")}))


def own_card(name: str, cache: ModelCache) -> ModelCard:
    """Give the card of a user's model.

    Raises:
        UsageError: if there is none of this name.
        ModelMissing: if its card is damaged.
    """
    for path in cache.root.glob(f"models/*@*/{CARD_FILE}"):
        if path.parent.name.rpartition("@")[0] != name:
            continue
        try:
            card = load_card(path)
        except ConfigError as exc:
            reason = str(exc).splitlines()[0]
            raise ModelMissing(f"model '{name}': {reason}; add it again with 'posestream models add'") from None
        if cache.folder(card) != path.parent:
            raise ModelMissing(f"model '{name}': its card names another; add it again with 'posestream models add'")
        return card
    raise UsageError(f"unknown model '{name}': there are {', '.join([*BUILT_IN, *own_names(cache)])}")


def find_card(name: str, cache: ModelCache) -> ModelCard:
    """Give the card of a built-in model or of the user's own; raises as ``own_card``."""
    return card_by_name(name) if name in BUILT_IN else own_card(name, cache)
