"""posestream's import names are plain words: refuse to start beside another distribution that owns one of them."""

from collections.abc import Mapping, Sequence
from importlib.metadata import packages_distributions

from posestream.errors import UsageError

OUR_NAMES = ("posestream", "ingest", "inference", "postprocess", "sinks")


def refuse_second_owner(owners: Mapping[str, Sequence[str]] | None = None) -> None:
    """Raise UsageError if one of our import names belongs to another installed distribution, too."""
    owned_by = packages_distributions() if owners is None else owners
    for name in OUR_NAMES:
        others = sorted(set(owned_by.get(name, ())) - {"posestream"})
        if others:
            raise UsageError(
                f"the package '{name}' belongs to {', '.join(others)} as well: "
                "posestream needs a virtual environment of its own"
            )
