import resource

import pytest

from inference.adding.limits import PER_BYTE, allow_weights, limit_process, memory_for

Limit = tuple[int, int]


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> dict[int, Limit]:
    """What is set, kept from this process."""
    kept: dict[int, Limit] = {resource.RLIMIT_AS: (resource.RLIM_INFINITY, resource.RLIM_INFINITY)}
    monkeypatch.setattr(resource, "setrlimit", kept.__setitem__)
    monkeypatch.setattr(resource, "getrlimit", kept.__getitem__)
    return kept


def test_a_process_is_limited_and_gets_more_for_weights_that_came_later(limits: dict[int, Limit]) -> None:
    limit_process(1000, 60)
    assert limits[resource.RLIMIT_AS] == (1000, resource.RLIM_INFINITY)
    assert limits[resource.RLIMIT_CPU] == (60, 60)
    assert limits[resource.RLIMIT_CORE] == (0, 0)
    allow_weights(10)
    assert limits[resource.RLIMIT_AS] == (1000 + 10 * PER_BYTE, resource.RLIM_INFINITY)


def test_a_process_without_a_limit_gets_none(limits: dict[int, Limit]) -> None:
    allow_weights(10)
    assert limits == {resource.RLIMIT_AS: (resource.RLIM_INFINITY, resource.RLIM_INFINITY)}


def test_larger_networks_and_more_threads_may_take_more() -> None:
    assert memory_for(0, 1) < memory_for(1, 1) < memory_for(1, 2)
    assert memory_for(100_000_000, 2) < 6 * 2**30
