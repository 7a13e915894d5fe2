"""Waiting longer after each failure, with jitter so that many cameras do not come back at once."""

import random


class Backoff:
    """Full-jitter back-off: uniform between the first wait and a bound that doubles up to the cap (seconds)."""

    def __init__(self, first_s: float, cap_s: float, rng: random.Random) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._rng = rng
        self._failures = 0

    def next_wait(self) -> float:
        """Give the seconds to wait after one more failure."""
        self._failures += 1
        bound = min(self._cap_s, self._first_s * 2.0 ** min(self._failures, 32))
        return self._rng.uniform(min(self._first_s, bound), bound)

    def reset(self) -> None:
        """Forget the failures."""
        self._failures = 0
