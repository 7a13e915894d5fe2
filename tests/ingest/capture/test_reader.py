"""One order carried out, whatever it ends with."""

from collections.abc import Callable
from typing import Any

import pytest

from ingest.capture.order import CaptureOrder
from ingest.capture.reader import carry_out
from posestream.clock import SettableClock
from posestream.errors import AccessRefused, InputError

Order = Callable[..., CaptureOrder]


@pytest.mark.parametrize("packets", [False, True])
@pytest.mark.parametrize(
    ("raised", "told"),
    [
        (None, None),
        (InputError("x: away"), "x: away"),
        (AccessRefused("x: no"), "x: no"),
        (ZeroDivisionError("hush"), "test:bars: reading failed unexpectedly (ZeroDivisionError)"),
        (MemoryError("hush"), "test:bars: reading failed unexpectedly (MemoryError)"),
    ],
)
def test_the_end_is_told_and_nothing_escapes(
    bench: Callable[..., Any],
    order: Order,
    monkeypatch: pytest.MonkeyPatch,
    raised: Exception | None,
    told: str | None,
    *,
    packets: bool,
) -> None:
    made, called, clock = bench(), list[str](), SettableClock()
    clock.advance(7.0)

    def reader(name: str) -> Callable[..., None]:
        def read(_order: CaptureOrder, outlet: Any, _clock: object) -> None:  # noqa: ANN401  # an Outlet
            called.append(name)
            outlet.wake()
            if raised is not None:
                raise raised

        return read

    for name in ("read_frames", "read_packets"):
        monkeypatch.setattr(f"ingest.capture.reader.{name}", reader(name))
    fault = carry_out(order("test:bars", packets=packets), made.memory, clock, lambda: called.append("woken"))
    assert called == ["read_packets" if packets else "read_frames", "woken"]
    assert (None if fault is None else str(fault)) == told
    assert isinstance(fault, AccessRefused) == isinstance(raised, AccessRefused)
    assert made.board["beat"] == 7.0  # it said at once that it lives
