"""When a batch of frames is put through the networks: enough are there, or the first has waited long enough."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Batching:
    """``size`` frames at most; the first waits for others at most ``deadline_seconds``.

    Without a deadline (``model.batch_wait``, 0 by default) what is there is computed at once, and while it is,
    the next batch gathers by itself.
    """

    size: int
    deadline_seconds: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what could not be a batch."""
        if self.size < 1 or self.deadline_seconds < 0:
            raise ValueError(f"Batching: wanted a size of at least 1 and no negative deadline, got {self}")

    def wait_seconds(self, waiting: int, first_waited: float, cameras: int) -> float:
        """Give how much longer to wait; 0: go.

        Args:
            waiting: frames that are there.
            first_waited: seconds that the first of them has waited.
            cameras: how many cameras send: of live ones no more frames than that come together.
        """
        if not waiting or waiting >= min(self.size, max(cameras, 1)):
            return 0.0
        return max(self.deadline_seconds - first_waited, 0.0)
