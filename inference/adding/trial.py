"""Run a model on noise, black and white: does the engine read it, do its outputs fit the decoder, how fast is it."""

import importlib.metadata
import platform
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np

from inference.looks import open_network
from inference.models.card import ModelCard, Task
from inference.models.measured import Measured
from inference.network import Network
from inference.preprocess import Pixels, input_size, to_tensor
from posestream.clock import Clock

NOISE = (480, 640)
MOST_RUNS = 5
ENOUGH_SECONDS = 3.0  # a slow network need not run so often


def try_model(card: ModelCard, graph: Path, threads: int, clock: Clock) -> Measured:
    """Run the whole network on black, white and noise, then a few times on the noise; give the median time.

    Raises:
        PosestreamError: if the engine refuses the graph, or its outputs do not fit the card's decoder.
    """
    network = open_network(card, graph, threads)
    picture = np.random.default_rng(0).integers(0, 256, (*NOISE, 3), np.uint8)
    sides = input_size(card.input, *NOISE)
    (outputs,) = network.runner.infer([to_tensor(np.resize(picture, (*sides, 3)), card.input)])
    for plain in (np.zeros_like(picture), np.full_like(picture, 255)):  # where a network finds nobody, or too many
        _look(network, plain)()
    look = _look(network, picture)
    look()
    times: list[float] = []
    while len(times) < MOST_RUNS and sum(times) < ENOUGH_SECONDS:
        start = clock.monotonic()
        look()
        times.append(clock.monotonic() - start)
    network.runner.close()
    return Measured(
        device=processor(),
        engine=f"{card.engine} {importlib.metadata.version(card.engine)}",
        threads=threads,
        milliseconds=round(statistics.median(times) * 1e3, 3),
        outputs=tuple(output.shape for output in outputs),
    )


def _look(network: Network, picture: Pixels) -> Callable[[], None]:
    """Give the call that does with one picture what the card's task is."""
    box = np.array([[200, 40, 400, 440]], np.float32)

    def look() -> None:
        if network.card.task is Task.PERSON_BOXES:
            network.boxes([picture])
        elif network.card.task is Task.PICTURE_POSE:
            network.poses([picture])
        else:
            network.joints([picture], [box])

    return look


def processor() -> str:
    """Give the name of this machine's CPU, as far as Linux tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names and names[0] else platform.machine()
