"""Decides whether a camera's pictures are needed now. Pure: times are passed in."""

from dataclasses import dataclass

from ingest.gate.luma_change import Luma, LumaChange
from ingest.gate.packet_level import PacketLevel


@dataclass(frozen=True)
class GateSettings:
    """Seconds: of quiet before a camera rests; from a connect on in which it never rests; between two looks at rest."""

    quiet_s: float = 10.0
    warm_up_s: float = 30.0
    look_every_s: float = 10.0
    look_active_s: float = 0.18


class MotionGate:
    """Awake while anything moves, at rest once nothing did for a while; used by the reader's thread.

    It rests only while it ``may_rest``: whoever follows persons says so again and again, and says no while there is a
    person, who may lie still. At rest one picture every ten seconds passes all the same, so that somebody who sat
    there from the beginning is found.
    """

    def __init__(self, began: float, settings: GateSettings = GateSettings()) -> None:  # frozen
        self._settings = settings
        self._level, self._change = PacketLevel(), LumaChange()
        self._moved_at = began
        self._awake_until = began + settings.warm_up_s
        self._looked_at = self._passed_at = -1e9
        self.resting = False

    @property
    def may_skip(self) -> bool:
        """Whether, at rest, all but keyframes may stay undecoded: the sizes of packets tell motion."""
        return self.resting and self._level.is_informative

    def packet(self, size: int, *, is_keyframe: bool, now: float) -> None:
        """Note a packet of so many bytes."""
        if is_keyframe:
            self._level.note_keyframe(size)
            return
        self._level.note(size)
        if self.may_skip and self._level.is_high:
            self._moved(now)
        elif now - self._moved_at > self._settings.quiet_s / 2:
            self._level.learn()  # from large ones, too: nothing moved, as the pictures show

    def wants_look(self, now: float) -> bool:
        """Whether a decoded picture is to be looked at: not more often than motion is fast."""
        return now - self._looked_at >= self._settings.look_active_s

    def look(self, luma: Luma, now: float) -> None:
        """Look at a decoded picture, small (H, W)."""
        self._looked_at = now
        if self._change.moves(luma, now):
            self._moved(now)

    def turn(self, *, may_rest: bool, now: float) -> None:
        """Decide anew; to be called for each packet."""
        quiet = now - self._moved_at >= self._settings.quiet_s
        self.resting = may_rest and quiet and now >= self._awake_until

    def passes(self, now: float) -> bool:
        """Whether a picture is to be handed on now; at rest the one that passes is noted."""
        if self.resting and now - self._passed_at < self._settings.look_every_s:
            return False
        self._passed_at = now
        return True

    def _moved(self, now: float) -> None:
        self._moved_at = now
        self.resting = False
