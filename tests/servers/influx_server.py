"""A real InfluxDB 2.7 for tests: on a free port of this machine, ended by its process id."""

import json
import random
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from urllib.error import URLError

SCRIPT = Path(__file__).with_name("influxd.sh")
START_SECONDS = 30.0
ORG, BUCKET, TOKEN = "site", "poses", "test-token-of-this-machine"


def influxd() -> Path | None:
    """Give the server's program, built if need be (minutes); None where it cannot be built."""
    if shutil.which("go") is None or shutil.which("cargo") is None:
        return None
    built = subprocess.run(["sh", str(SCRIPT)], stdout=subprocess.PIPE, text=True, check=False)
    return Path(built.stdout.strip()) if built.returncode == 0 else None


class InfluxServer:
    """One server with its data in ``folder``; it can be killed and started again with its data."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program, self._folder = program, folder
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The server's address."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server and wait until it answers; the first start makes org, bucket and token."""
        fresh = not (self._folder / "influxd.bolt").exists()
        command = [
            str(self._program),
            f"--bolt-path={self._folder / 'influxd.bolt'}",
            f"--sqlite-path={self._folder / 'influxd.sqlite'}",
            f"--engine-path={self._folder / 'engine'}",
            f"--http-bind-address=127.0.0.1:{self.port}",
            "--reporting-disabled",
        ]
        with (self._folder / "influxd.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        ends_at = time.monotonic() + START_SECONDS
        while not self._healthy():
            assert self._process.poll() is None, (self._folder / "influxd.log").read_text()[-2000:]
            assert time.monotonic() < ends_at, "InfluxDB did not start"
            time.sleep(0.1)
        if fresh:
            self._set_up()

    def stop(self) -> None:
        """End it at once; may be called twice."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def _healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2) as answer:  # noqa: S310  # our own server
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False

    def _set_up(self) -> None:
        content = {"username": "admin", "password": "password1", "org": ORG, "bucket": BUCKET, "token": TOKEN}
        body = json.dumps(content).encode()
        request = urllib.request.Request(f"{self.url}/api/v2/setup", body, method="POST")  # noqa: S310  # as above
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310  # as above
            assert answer.status == 201


def _free_port() -> int:
    """Give a port below those that outgoing connections get: while a server is away nobody takes its place."""
    while True:
        port = random.SystemRandom().randrange(15_000, 30_000)
        with socket.socket() as free:
            try:
                free.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
