from pathlib import Path

import pytest

from posestream.errors import PosestreamError, UsageError
from sinks.partial_file import PartialFile, cannot_create, write_failed


def test_the_name_comes_with_the_whole_file(tmp_path: Path) -> None:
    place = PartialFile(tmp_path / "poses.jsonl")
    place.path.write_text("old")
    place.part.write_text("new")
    assert (place.part.name, place.path.read_text()) == ("poses.jsonl.part", "old")
    place.keep()
    assert place.path.read_text() == "new"
    assert not place.part.exists()


def test_what_is_not_wanted_goes_and_twice_does_no_harm(tmp_path: Path) -> None:
    place = PartialFile(tmp_path / "a")
    place.part.touch()
    place.discard()
    place.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_vanished(tmp_path: Path) -> None:
    with pytest.raises(PosestreamError, match="a: writing failed: No such file"):
        PartialFile(tmp_path / "a").keep()


def test_errors_say_what_to_do() -> None:
    cause = OSError(28, "No space left on device")
    assert str(write_failed(Path("x"), cause)) == (
        "x: writing failed: No space left on device; free some space and run again"
    )
    error = cannot_create(Path("x"), OSError("odd"))
    assert isinstance(error, UsageError)
    assert str(error) == "x: cannot write here: odd; choose another folder with --out"
