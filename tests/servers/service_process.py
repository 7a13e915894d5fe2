"""A service of posestream as its users start it, for tests: it may be killed and started again; ended by its pid."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.error import HTTPError, URLError

POSESTREAM = Path(sys.executable).with_name("posestream")
START_SECONDS = 60.0


class ServiceProcess:
    """One service with its own folder; what it says is in ``log``."""

    def __init__(self, name: str, folder: Path, config: str, environment: dict[str, str]) -> None:
        self._name, self._folder, self._environment = name, folder, environment
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.yaml").write_text(config)
        self.log = folder / "service.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._said = 0

    @property
    def pid(self) -> int:
        """The service's process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process is not None and self._process.poll() is None

    def start(self, *words: str) -> None:
        """Start it, without waiting for anything."""
        self._said = self.log.stat().st_size if self.log.exists() else 0
        place = ["--config", "config.yaml", "--data", "data", "--worker-id", "test", "--metrics-port", "0"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(POSESTREAM), self._name, *place, *words],
                cwd=self._folder, env=self._environment, stdout=log, stderr=log,
            )  # fmt: skip

    def said(self) -> str:
        """Give what it has said since its last start."""
        with self.log.open("rb") as log:
            log.seek(self._said)
            return log.read().decode()

    def ask(self, path: str) -> tuple[int, str]:
        """Give status and text of /metrics, /livez or /readyz; status 0 while it does not answer."""
        found = re.search(r"(http://[\d.]+:\d+)/metrics", self.said())
        if found is None:
            return 0, ""
        try:
            with urllib.request.urlopen(found[1] + path, timeout=5) as answer:  # noqa: S310  # our own service
                return int(answer.status), answer.read().decode()
        except HTTPError as exc:
            return exc.code, exc.read().decode()
        except (URLError, OSError):
            return 0, ""

    def waits_for(self) -> dict[str, str] | None:
        """Give what it waits for; None while it does not answer."""
        status, text = self.ask("/readyz")
        return dict(json.loads(text)["waits_for"]) if status else None

    def wait_until_ready(self) -> None:
        """Wait until all parts are ready."""
        ends_at = time.monotonic() + START_SECONDS
        while self.waits_for() != {}:
            assert self.running, self.said()[-3000:]
            assert time.monotonic() < ends_at, self.said()[-3000:]
            time.sleep(0.1)

    def metric(self, name: str) -> float:
        """Give the sum of a figure over its labels."""
        lines = [line for line in self.ask("/metrics")[1].splitlines() if re.match(rf"{name}(\{{| )", line)]
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines)

    def kill(self) -> None:
        """End it at once, as if the power went."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def stop(self, number: int) -> int:
        """Ask it to end by a signal; give its exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(30.0)
