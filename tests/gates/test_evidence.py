"""Every committed figure can be read, says how it was made, and stands in the README as measured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REPORTS = sorted((ROOT / "benchmarks" / "reports").glob("*/*.json"))
KEYS = {"claim", "figure", "unit", "target", "met", "command", "seed", "machine", "date", "commit"}


def test_there_are_reports() -> None:
    assert REPORTS


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_report_is_complete(path: Path) -> None:
    report = json.loads(path.read_text())
    assert set(report) >= KEYS
    script = report["command"].split()[1]
    assert report["command"].startswith("python benchmarks/")
    assert (ROOT / script).is_file()
    for covered in report["covers"]:
        assert (ROOT / covered).exists()


def test_readme_shows_the_measured_figures() -> None:
    done = subprocess.run([sys.executable, "benchmarks/readme_figures.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run 'python benchmarks/readme_figures.py'"


def test_evidence_prints_every_claim() -> None:
    done = subprocess.run(
        [sys.executable, "benchmarks/evidence.py"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
        env={"COLUMNS": "400", "PATH": "/usr/bin:/bin"},
    )
    for path in REPORTS:
        assert json.loads(path.read_text())["claim"] in done.stdout
