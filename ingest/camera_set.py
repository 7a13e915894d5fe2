"""The cameras of one service, as they are wanted now: each comes, changes and goes without touching the others."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from ingest.look_sum import look_sum
from ingest.plan import CameraPlan
from ingest.sender import CameraLook, CameraSender
from posestream.clock import Clock

STOP_SECONDS = 2.0
# So long the fates of a stopped camera's last frames are waited for: longer than the producer holds a frame.
ACCOUNT_SECONDS = 30.0
MakeSender = Callable[[CameraPlan], CameraSender]


@dataclass
class _Leaving:
    """A sender that was told to stop, in a thread: it may take a while, and may hang."""

    sender: CameraSender
    thread: threading.Thread
    since: float


@dataclass
class _Seat:
    """One camera id: who reads it now, who is still leaving, and the account of those who left."""

    plan: CameraPlan | None = None
    sender: CameraSender | None = None
    leaving: list[_Leaving] = field(default_factory=list)
    left: CameraLook | None = None

    @property
    def is_empty(self) -> bool:
        return self.sender is None and not self.leaving

    def look(self) -> CameraLook | None:
        look = self.left
        for sender in (*(one.sender for one in self.leaving), self.sender):
            look = look if sender is None else look_sum(look, sender.look())
        return look


class CameraSet:
    """Starts, stops and restarts senders until they are those of the plans; used by one thread.

    Guarantee: a camera whose plan stays the same is not touched, its epoch and counters go on. A changed one is
    opened anew when its old reader has ended or has been given up; its counters go on. Nothing here waits for a
    camera.
    """

    def __init__(self, make: MakeSender, clock: Clock) -> None:
        self._make, self._clock = make, clock
        self._seats: dict[str, _Seat] = {}

    def turn(self, plans: Sequence[CameraPlan]) -> tuple[CameraLook, ...]:
        """Bring the cameras nearer to the plans; gives the last looks at those that have gone for good."""
        wanted = {plan.settings.camera_id: plan for plan in plans}
        for camera_id in wanted:
            self._seats.setdefault(camera_id, _Seat())
        gone = []
        for camera_id, seat in tuple(self._seats.items()):
            self._settle(seat, wanted.get(camera_id))
            if seat.is_empty and camera_id not in wanted:
                del self._seats[camera_id]
                gone += [] if seat.left is None else [seat.left]
        return tuple(gone)

    def looks(self) -> tuple[CameraLook, ...]:
        """Give a look at each camera: those wanted, and those of which frames are still on their way."""
        looks = (seat.look() for seat in self._seats.values())
        return tuple(look for look in looks if look is not None)

    def note_persons(self, camera_id: str, present: bool) -> None:  # told by a thread, in this order
        """Say whether a camera has a confirmed person before it; safe from any thread."""
        seat = self._seats.get(camera_id)
        sender = None if seat is None else seat.sender
        if sender is not None:
            sender.note_persons(present=present)

    def stop(self) -> None:
        """Stop all cameras at the same time: one that hangs costs the others nothing."""
        for seat in self._seats.values():
            self._settle(seat, None)
        leaving = [one for seat in self._seats.values() for one in seat.leaving]
        for one in leaving:
            one.thread.join(2 * STOP_SECONDS)

    def _settle(self, seat: _Seat, plan: CameraPlan | None) -> None:
        if seat.sender is not None and seat.plan != plan:
            seat.leaving.append(self._leave(seat.sender))
            seat.sender = seat.plan = None
        self._close_accounts(seat)
        if plan is None or seat.sender is not None or any(one.thread.is_alive() for one in seat.leaving):
            return
        seat.plan, seat.sender = plan, self._make(plan)
        seat.sender.start()

    def _leave(self, sender: CameraSender) -> _Leaving:
        thread = threading.Thread(
            target=sender.stop, args=(STOP_SECONDS,), name=f"stop-{sender.camera_id}", daemon=True
        )
        thread.start()
        return _Leaving(sender, thread, self._clock.monotonic())

    def _close_accounts(self, seat: _Seat) -> None:
        """Let those go whose every frame has met its fate."""
        kept = []
        for one in seat.leaving:
            ended, look = not one.thread.is_alive(), one.sender.look()
            if ended and (look.counts.in_flight == 0 or self._clock.monotonic() - one.since > ACCOUNT_SECONDS):
                seat.left = look_sum(seat.left, look)
            else:
                kept.append(one)
        seat.leaving = kept


def camera_ids(plans: Iterable[CameraPlan]) -> tuple[str, ...]:
    """Give the ids of the planned cameras, in order."""
    return tuple(plan.settings.camera_id for plan in plans)
