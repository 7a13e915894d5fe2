"""What each stage costs: wall and CPU time, summed over frames."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class StageCost:
    """Sums of one stage in seconds; CPU counts all threads of the process."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0


class StageCosts:
    """Stopwatches by stage; stages must not run side by side, or each is charged for the other."""

    def __init__(self) -> None:
        self.of: dict[str, StageCost] = {}

    @contextmanager
    def measured(self, stage: str) -> Iterator[None]:
        """Charge what happens inside to ``stage``."""
        wall, cpu = time.perf_counter(), time.process_time()
        try:
            yield
        finally:
            so_far = self.of.get(stage, StageCost())
            self.of[stage] = StageCost(
                so_far.wall_seconds + time.perf_counter() - wall, so_far.cpu_seconds + time.process_time() - cpu
            )

    def per_frame_ms(self, frames: int) -> dict[str, dict[str, float]]:
        """Give mean milliseconds a frame: ``{stage: {"wall_ms": …, "cpu_ms": …}}``."""
        count = max(frames, 1)
        return {
            stage: {
                "wall_ms": round(cost.wall_seconds / count * 1e3, 3),
                "cpu_ms": round(cost.cpu_seconds / count * 1e3, 3),
            }
            for stage, cost in self.of.items()
        }
