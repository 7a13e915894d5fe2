"""Show every measured figure, and which are older than the code they speak of; --rerun AREA measures again."""

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path

from report import REPORTS, ROOT


def is_old(report: dict[str, object]) -> bool:
    """Whether the code that a report speaks of has changed since its commit."""
    since = str(report["commit"]).rstrip("+")
    covers = report.get("covers") or []
    log = subprocess.run(
        ["git", "log", "--format=%h", f"{since}..HEAD", "--", *covers],  # type: ignore[misc]
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return log.returncode != 0 or bool(log.stdout.strip())


def show(paths: list[Path]) -> None:
    """Print one line a figure, grouped by area."""
    for path in paths:
        report = json.loads(path.read_text())
        figure = f"{report['figure']} {report['unit']}".strip()
        met = "met" if report["met"] else "NOT MET"
        age = "OLDER THAN THE CODE" if is_old(report) else "current"
        print(f"{path.parent.name}/{path.stem}: {report['claim']}: {figure} (wanted: {report['target']}; {met})")
        print(f"    {report['date']}, {age}; {report['machine']}; {report['command']}")


def rerun(paths: list[Path]) -> int:
    """Run each command of these reports once; give the first exit code that is not 0."""
    commands = sorted({json.loads(path.read_text())["command"] for path in paths})
    for command in commands:
        print(f"$ {command}", flush=True)
        words = shlex.split(command)
        program = sys.executable if words[0] == "python" else words[0]
        done = subprocess.run([program, *words[1:]], cwd=ROOT, check=False)
        if done.returncode:
            return done.returncode
    return 0


def main() -> None:
    """Read the options and do it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rerun", metavar="AREA")
    area = options.parse_args().rerun
    paths = sorted(REPORTS.glob(f"{area or '*'}/*.json"))
    if area and not paths:
        sys.exit(f"no reports under benchmarks/reports/{area}")
    code = rerun(paths) if area else 0
    show(paths)
    sys.exit(code)


if __name__ == "__main__":
    main()
