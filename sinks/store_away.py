"""A store or disk that takes nothing now, and how long it is left alone."""

import random
from collections.abc import Callable

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.5, 15.0
HANDS_WAIT_SECONDS = 30.0


class StoreAway(Exception):
    """The store takes nothing now: all must be offered again.

    ``code`` names the kind of trouble for the figures: ``unreachable``, ``timeout``, ``503``, ``sqlite``.
    ``retry_after``: seconds, where the store said when. ``needs_hands``: time alone will not mend it (a wrong token).
    """

    def __init__(self, code: str, reason: str, retry_after: float | None = None, *, needs_hands: bool = False) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.retry_after = retry_after
        self.needs_hands = needs_hands


def full_jitter(most: float) -> float:
    """Give any time up to ``most``: those who were refused together do not come back together."""
    return random.uniform(0, most)  # noqa: S311  # spreads retries, no secret


def wait_seconds(exc: StoreAway, failures: int, jitter: Callable[[float], float]) -> float:
    """Give how long to leave a store alone after so many failures before this one.

    Twice as long each time up to 15 s, with full jitter; as long as the store asks for, and a little; half a minute
    where only a person can help.
    """
    most = min(FIRST_WAIT_SECONDS * 2 ** min(failures, 10), LONGEST_WAIT_SECONDS)
    if exc.retry_after is not None:
        return exc.retry_after + jitter(min(1.0, most))
    if exc.needs_hands:
        return HANDS_WAIT_SECONDS / 2 + jitter(HANDS_WAIT_SECONDS / 2)
    return jitter(most)
