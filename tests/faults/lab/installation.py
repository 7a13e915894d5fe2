"""All services of one installation as processes: started, killed, ended and asked like an operator would."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError

POSESTREAM = Path(sys.executable).with_name("posestream")
READY_SECONDS = 120.0


def wait_until(condition: Callable[[], Any], what: str, seconds: float = READY_SECONDS) -> Any:  # noqa: ANN401  # its answer
    """Give the condition's first true answer; fails when there is none in time."""
    ends_at = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < ends_at, f"waited in vain for: {what}"
        time.sleep(0.1)
    return answer


@dataclass
class Worker:
    """One process of a service."""

    service: str
    worker_id: str
    words: tuple[str, ...]
    log: Path
    process: "subprocess.Popen[bytes]"
    starts: int = 1

    @property
    def name(self) -> str:
        return f"{self.service}/{self.worker_id}"

    def metrics_address(self) -> str | None:
        """Where its figures are; None before it says so."""
        address = None
        for line in self.log.read_text(errors="replace").splitlines():
            if '"event": "started"' in line:
                address = json.loads(line)["metrics"]
        return address


@dataclass
class Installation:
    """Services over one config; whoever uses it ends it by ``stop``."""

    config: Path
    folder: Path
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    workers: dict[str, Worker] = field(default_factory=dict)

    def start(self, service: str, worker_id: str = "w1", *words: str) -> Worker:
        """Start a service; the first call makes the worker, later ones start it again."""
        name = f"{service}/{worker_id}"
        known = self.workers.get(name)
        log = self.folder / f"{service}-{worker_id}-{(known.starts if known else 0) + 1}.log"
        command = [str(POSESTREAM), service, "--config", str(self.config), "--data", str(self.folder / "data")]
        command += ["--worker-id", worker_id, "--metrics-port", "0", *(known.words if known and not words else words)]
        with log.open("wb") as out:
            process = subprocess.Popen(
                command, stdout=out, stderr=out, env=self.environment, start_new_session=True, cwd=self.folder
            )
        starts = known.starts + 1 if known else 1
        worker = Worker(service, worker_id, known.words if known and not words else words, log, process, starts)
        self.workers[name] = worker
        return worker

    def kill(self, name: str) -> None:
        """End a worker at once, as if its machine lost power."""
        worker = self.workers[name]
        worker.process.kill()
        worker.process.wait()

    def restart(self, name: str) -> Worker:
        """Start a worker again, as its supervisor would."""
        worker = self.workers[name]
        return self.start(worker.service, worker.worker_id)

    def terminate(self, name: str, seconds: float = 30.0) -> tuple[int, float]:
        """Ask a worker to end (SIGTERM); gives its exit code and the seconds that it took."""
        worker = self.workers[name]
        began = time.monotonic()
        worker.process.send_signal(signal.SIGTERM)
        return worker.process.wait(seconds), time.monotonic() - began

    def wait_ready(self, *names: str) -> None:
        """Wait until these workers (all if none is named) say that they are ready."""
        for name in names or tuple(self.workers):
            wait_until(lambda name=name: self._ready(name), f"{name} to be ready")

    def figures(self, name: str) -> dict[str, float]:
        """Give a worker's Prometheus figures: ``name{labels}`` -> value; empty while it does not answer."""
        text = self._ask(self.workers[name], "/metrics")
        lines = (line for line in (text or "").splitlines() if line and not line.startswith("#"))
        return {key: float(value) for key, _, value in (line.rpartition(" ") for line in lines)}

    def rss_bytes(self, name: str) -> int:
        """Give a worker's resident memory."""
        status = Path(f"/proc/{self.workers[name].process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) * 1024

    def cpu_seconds(self, name: str) -> float:
        """Give the CPU time that a worker has used."""
        fields = Path(f"/proc/{self.workers[name].process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def logs(self) -> str:
        """Give all that all workers said."""
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        """Kill what still runs."""
        for worker in self.workers.values():
            if worker.process.poll() is None:
                worker.process.kill()
            worker.process.wait()

    def _ready(self, name: str) -> bool:
        worker = self.workers[name]
        assert worker.process.poll() is None, f"{name} ended: {worker.log.read_text(errors='replace')[-3000:]}"
        return self._ask(worker, "/readyz") is not None

    def _ask(self, worker: Worker, path: str) -> str | None:
        address = worker.metrics_address()
        if address is None:
            return None
        try:
            with urllib.request.urlopen(address.removesuffix("/metrics") + path, timeout=5) as answer:  # noqa: S310  # our own service
                return str(answer.read().decode())
        except (URLError, OSError):
            return None
