import random

from ingest.backoff import Backoff


def test_waits_grow_with_full_jitter_up_to_the_cap_and_start_again() -> None:
    backoff = Backoff(0.5, 30.0, random.Random(3))  # noqa: S311  # jitter, no secret
    waits = [backoff.next_wait() for _ in range(200)]
    assert all(0.5 <= wait <= min(30.0, 0.5 * 2.0 ** (number + 1)) for number, wait in enumerate(waits))
    assert max(waits) > 25
    assert min(waits[20:]) < 5
    backoff.reset()
    assert backoff.next_wait() <= 1.0


def test_a_cap_below_the_first_wait_holds() -> None:
    assert Backoff(0.5, 0.1, random.Random(3)).next_wait() == 0.1  # noqa: S311  # jitter, no secret
