"""Motion seen in the sizes of a stream's packets, without decoding them.

What moves costs an encoder bits. That holds while it is free to use few for what stands still; one that is held to a
constant rate spends on noise what motion does not need, and its sizes tell nothing. So sizes count only while those of
quiet packets are small and alike: somebody far away costs a hundred bytes a packet.
"""

from collections import deque

import numpy as np

# One large packet is a quirk of the encoder; whoever walks makes many.
_MEAN_OF = 4
_REMEMBERED = 250
_ENOUGH = 20
# Hardly any quiet mean is larger than this one, and that much more is no chance.
_LARGEST_PERCENT = 99.5
_MARGIN_SHARE, _MARGIN_BYTES = 0.2, 50.0
# Shares of a keyframe: what quiet packets may be, and by how much the limit may lie above them.
_QUIET_SHARE, _EXCESS_SHARE = 0.2, 0.015


class PacketLevel:
    """Learns how large the packets of a still scene are, keyframes aside; used by one thread.

    Sizes are bytes, means of four packets.
    """

    def __init__(self) -> None:
        self._last: deque[int] = deque(maxlen=_MEAN_OF)
        self._quiet: deque[float] = deque(maxlen=_REMEMBERED)
        self._keyframe_bytes = self._middle = 0.0
        self._limit: float | None = None

    @property
    def is_informative(self) -> bool:
        """Whether sizes tell motion in this stream: known once twenty quiet packets and a keyframe came."""
        if self._limit is None or not self._keyframe_bytes:
            return False
        return self._middle < _QUIET_SHARE * self._keyframe_bytes and (
            self._limit - self._middle < _EXCESS_SHARE * self._keyframe_bytes
        )

    @property
    def is_high(self) -> bool:
        """Whether the last packets are larger than those of a still scene."""
        return self._limit is not None and self._mean() > self._limit

    def note(self, size: int) -> None:
        """Note a packet that is no keyframe."""
        self._last.append(size)

    def note_keyframe(self, size: int) -> None:
        """Note the size of a keyframe."""
        self._keyframe_bytes = size if not self._keyframe_bytes else 0.7 * self._keyframe_bytes + 0.3 * size

    def learn(self) -> None:
        """Learn that nothing moved while the last packets came."""
        self._quiet.append(self._mean())
        if len(self._quiet) >= _ENOUGH:
            self._middle, largest = map(float, np.percentile(self._quiet, (50.0, _LARGEST_PERCENT)))
            self._limit = largest + max(_MARGIN_SHARE * largest, _MARGIN_BYTES)

    def _mean(self) -> float:
        return sum(self._last) / max(1, len(self._last))
