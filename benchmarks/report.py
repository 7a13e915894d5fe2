"""Write one measured figure as benchmarks/reports/<area>/<name>.json."""

import json
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / "benchmarks" / "reports"


@dataclass(frozen=True)
class Figure:
    """One claim with its figure; ``covers`` names the paths whose change makes the report old."""

    claim: str
    figure: float | str
    unit: str
    target: str
    met: bool
    command: str
    seed: int | None = None
    covers: Sequence[str] = ()
    raw: dict[str, Any] = field(default_factory=dict)


def commit() -> str:
    """Give the commit that was measured, with a plus when files differ from it."""
    head = subprocess.run(
        ["git", "rev-parse", "--short=12", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    changed = subprocess.run(
        ["git", "status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/reports"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return head.stdout.strip() + ("+" if changed.stdout.strip() else "")


MEASURED = commit()  # when the script starts: a long run measures what was there then, whatever is committed meanwhile


def machine() -> str:
    """Say in words what was measured on: cores, processor, Python."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    cores = sum(line.startswith("processor") for line in Path("/proc/cpuinfo").read_text().splitlines())
    return f"{cores} cores, {model}, Python {platform.python_version()}"


def write_report(area: str, name: str, figure: Figure) -> Path:
    """Write the report and give its path."""
    path = REPORTS / area / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    about = {"machine": machine(), "date": datetime.now(UTC).date().isoformat(), "commit": MEASURED}
    content = asdict(figure)
    raw = content.pop("raw")
    path.write_text(json.dumps(content | about | {"raw": raw}, indent=2) + "\n")
    print(
        f"{figure.claim}: {figure.figure} {figure.unit} (target {figure.target}, {'met' if figure.met else 'NOT met'})"
    )
    return path
