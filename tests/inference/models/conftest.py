"""An npm that does what a test tells it, and tarballs like the registry's."""

import io
import os
import sys
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from inference.models.card import ModelCard

PRELUDE = """\
import os, signal, sys, time
from pathlib import Path
options = dict(word.split("=", 1) for word in sys.argv if word.startswith("--") and "=" in word)
cache, target = Path(options["--cache"]), Path(options["--pack-destination"])
with open({calls!r}, "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + chr(10))
def deliver():
    (target / "tiny.tgz").write_bytes(Path({tarball!r}).read_bytes())
def wait_for(path):
    ends = time.monotonic() + 60
    while not Path(path).exists() and time.monotonic() < ends:
        time.sleep(0.01)
"""


@dataclass(frozen=True)
class FakeNpm:
    """An executable named npm, first on PATH."""

    executable: Path
    tarball: Path
    calls_file: Path

    def does(self, script: str) -> None:
        """Let it run this Python text; ``deliver()``, ``cache``, ``target`` and ``wait_for(path)`` are at hand."""
        prelude = PRELUDE.format(calls=str(self.calls_file), tarball=str(self.tarball))
        self.executable.write_text(f"#!{sys.executable}\n{prelude}\n{script}\n")
        self.executable.chmod(0o755)

    @property
    def calls(self) -> list[str]:
        """Its command lines so far."""
        return self.calls_file.read_text().splitlines() if self.calls_file.exists() else []


@pytest.fixture
def npm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNpm:
    """A fake npm that delivers ``npm.tarball`` unless told otherwise."""
    place = tmp_path / "bin"
    place.mkdir()
    fake = FakeNpm(place / "npm", tmp_path / "registry.tgz", tmp_path / "calls.txt")
    fake.does("deliver()")
    monkeypatch.setenv("PATH", f"{place}{os.pathsep}{os.environ['PATH']}")
    return fake


@pytest.fixture
def write_tarball() -> Callable[..., Path]:
    """``write_tarball(path, files, extra)``: a .tgz with package/NAME members, then the ``extra`` (TarInfo, bytes)."""

    def write(path: Path, files: dict[str, bytes], extra: tuple[tuple[tarfile.TarInfo, bytes], ...] = ()) -> Path:
        members = []
        for name, content in files.items():
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            members.append((info, content))
        with tarfile.open(path, "w:gz") as archive:
            for info, content in (*extra, *members):
                archive.addfile(info, io.BytesIO(content))
        return path

    return write


@pytest.fixture
def tiny_files(tiny: object, tmp_path: Path) -> dict[str, bytes]:
    """The tiny network as files of a package."""
    folder = tiny.write(tmp_path / "made").parent  # type: ignore[attr-defined]
    names = ("tiny.json", "tiny-1.bin", "tiny-2.bin")
    return {f"models/{name}": (folder / name).read_bytes() for name in names}


@pytest.fixture
def tiny_card(make_card: Callable[..., ModelCard], tiny_files: dict[str, bytes]) -> ModelCard:
    """The card that fits the package."""
    return make_card(tiny_files)
