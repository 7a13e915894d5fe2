"""From a fresh clone by `make run` to a page with skeletons: how long, and what does a person see?

Run: python benchmarks/first_run.py [--warm]
Clones this repository's HEAD into a temporary folder and runs `make run` there with empty caches of its own (--warm:
with the user's caches), opens the page in Chromium, waits until skeletons are drawn and, some seconds later, takes the
screenshot of the README (docs/images/live.png).
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright
from report import ROOT, Figure, write_report

PICTURE = ROOT / "docs" / "images" / "live.png"
QUIET = ("quic", "background-networking", "component-update", "sync")
BROWSER = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", *(f"--disable-{it}" for it in QUIET)]
LOOK_SECONDS = 30  # until ids, trails and perhaps an alert are there
MOST_SECONDS = 900


def environment(folder: Path, *, warm: bool) -> dict[str, str]:
    """Give the environment of the run: caches of its own unless warm."""
    own = {"POSESTREAM_CACHE": str(folder / "cache"), "UV_CACHE_DIR": str(folder / "uv"), "PIP_NO_CACHE_DIR": "1"}
    kept = {key: value for key, value in os.environ.items() if key not in {"VIRTUAL_ENV", "PYTHONPATH", "CI"}}
    return kept if warm else kept | own


def wait_for_address(process: "subprocess.Popen[bytes]", log: Path) -> str:
    """Wait until `make run` says where the page is."""
    ends_at = time.monotonic() + MOST_SECONDS
    while time.monotonic() < ends_at and process.poll() is None:
        match = re.search(r"Open (http://\S+)", log.read_text(errors="replace"))
        if match:
            return match[1]
        time.sleep(0.1)
    sys.exit(f"make run did not come up:\n{log.read_text(errors='replace')}")


def look(address: str, started_at: float) -> float:
    """Wait for skeletons on the page, take the picture and give the seconds until the first skeleton."""
    with sync_playwright() as playwright:
        chromium = shutil.which("chromium") or sys.exit("no Chromium: run 'make servers'")
        browser = playwright.chromium.launch(executable_path=chromium, args=BROWSER)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        page.locator("svg.overlay g.person.confirmed").first.wait_for(timeout=60_000)
        seconds = time.monotonic() - started_at
        page.wait_for_timeout(LOOK_SECONDS * 1000)
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=str(PICTURE))
        browser.close()
    return seconds


def main() -> None:
    """Measure, take the picture and write the report."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--warm", action="store_true")
    warm = options.parse_args().warm
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        subprocess.run(["git", "clone", "-q", str(ROOT), str(folder / "posestream")], check=True)
        log = folder / "run.log"
        started_at = time.monotonic()
        with log.open("wb") as file:
            process = subprocess.Popen(
                ["make", "run", "PORT=0"], cwd=folder / "posestream", stdout=file, stderr=file,
                env=environment(folder, warm=warm), start_new_session=True,
            )  # fmt: skip
        try:
            seconds = look(wait_for_address(process, log), started_at)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGINT)
                process.wait(30)
    write_report(
        "backbone",
        "first_run_warm" if warm else "first_run",
        Figure(
            claim=f"`make run` in a fresh clone ({'caches filled' if warm else 'nothing cached'}) to skeletons",
            figure=round(seconds, 1),
            unit="s",
            target="it comes up without any other step",
            met=True,
            command="python benchmarks/first_run.py" + (" --warm" if warm else ""),
            covers=("Makefile", "requirements", "deploy/demo", "posestream", "sinks/serve"),
        ),
    )


if __name__ == "__main__":
    main()
