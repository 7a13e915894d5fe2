"""The locks: everything pinned and hashed, no host named, and all that pyproject.toml wants is in them."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = ("base", "bootstrap", "dev")
each_lock = pytest.mark.parametrize("name", LOCKS)


@dataclass(frozen=True)
class Pin:
    name: str
    version: str
    hashes: int


def pins_of(text: str) -> list[Pin]:
    """Read a lock; a line that is neither comment, pin nor hash fails."""
    joined = text.replace("\\\n", " ")
    pins = []
    for line in joined.splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = re.fullmatch(r"([A-Za-z0-9._-]+)==([^\s;]+)( ; [^\\]*?)?((?: +--hash=sha256:[0-9a-f]{64})*) *", line)
        assert match, f"no pin: {line[:120]}"
        pins.append(Pin(canonicalize_name(match[1]), match[2], match[4].count("--hash")))
    return pins


def unmet(requirements: list[str], pins: list[Pin]) -> list[str]:
    """Give the requirements that no pin satisfies."""
    return [
        text
        for text in requirements
        for wanted in [Requirement(text)]
        if not any(
            pin.name == canonicalize_name(wanted.name) and wanted.specifier.contains(pin.version, prereleases=True)
            for pin in pins
        )
    ]


@pytest.fixture(scope="module")
def project(root: Path) -> dict[str, Any]:
    return tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_gate_reads_locks() -> None:
    digest = "0" * 64
    text = (
        f"a-b==1.0 \\\n    --hash=sha256:{digest} \\\n    --hash=sha256:{digest}\n    # via c\nd==2 ; os_name == 'nt'\n"
    )
    assert pins_of("") == []
    assert pins_of(text) == [Pin("a-b", "1.0", 2), Pin("d", "2", 0)]
    assert unmet(["A_B>=1", "a-b>1", "e"], pins_of(text)) == ["a-b>1", "e"]
    for wrong in ("a>=1", "a", "a @ file:x", "-r other.lock", "--index-url x"):
        with pytest.raises(AssertionError, match=r"^no pin"):
            pins_of(wrong)


@each_lock
def test_everything_is_pinned_and_hashed(root: Path, name: str) -> None:
    pins = pins_of((root / "requirements" / f"{name}.lock").read_text(encoding="utf-8"))
    assert pins
    assert [pin for pin in pins if not pin.hashes] == []


@each_lock
def test_no_host_is_named(root: Path, name: str) -> None:
    text = (root / "requirements" / f"{name}.lock").read_text(encoding="utf-8")
    assert re.findall(r"\S*(?://|--index|--find-links|--extra-index|\.org|\.com)\S*", text) == []


def test_base_holds_what_the_product_needs(root: Path, project: dict[str, Any]) -> None:
    extras = project["project"]["optional-dependencies"].values()
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    wanted += [text for extra in extras for text in extra]
    assert unmet(wanted, pins_of((root / "requirements" / "base.lock").read_text(encoding="utf-8"))) == []


def test_dev_holds_base_and_the_tools(root: Path, project: dict[str, Any]) -> None:
    base, dev = (pins_of((root / "requirements" / f"{name}.lock").read_text("utf-8")) for name in ("base", "dev"))
    assert sorted({pin.name for pin in base} - {pin.name for pin in dev}) == []
    assert {(pin.name, pin.version) for pin in base} <= {(pin.name, pin.version) for pin in dev}
    groups = [text for group in project["dependency-groups"].values() for text in group]
    assert unmet(groups, dev) == []


def test_locks_that_name_hosts_are_not_committed(tracked: list[str]) -> None:
    names = {"uv.lock", "package-lock.json", "poetry.lock", "Pipfile.lock", "yarn.lock"}
    assert [path for path in tracked if path.split("/")[-1] in names] == []


def test_every_lock_is_looked_at(root: Path) -> None:
    assert sorted(file.stem for file in (root / "requirements").glob("*.lock")) == sorted(LOCKS)
