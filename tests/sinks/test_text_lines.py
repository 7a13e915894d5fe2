import json
from pathlib import Path

import pytest

from posestream.errors import UsageError
from sinks.results import JsonLines, MotText


@pytest.mark.parametrize("objects", [[], [{"a": 1}], [{"name": "Zoë"}, {"n": None}]])
def test_one_object_a_line(tmp_path: Path, objects: list[dict[str, object]]) -> None:
    path = tmp_path / "poses.jsonl"
    with JsonLines(path) as lines:
        for obj in objects:
            lines.write(obj)
    text = path.read_text(encoding="utf-8")
    assert [json.loads(line) for line in text.splitlines()] == objects
    assert [entry.name for entry in tmp_path.iterdir()] == ["poses.jsonl"]


def test_a_line_can_be_read_before_the_end(tmp_path: Path) -> None:
    with JsonLines(tmp_path / "poses.jsonl") as lines:
        lines.write({"frame": 0})
        assert (tmp_path / "poses.jsonl.part").read_text() == '{"frame":0}\n'


def test_an_exception_leaves_the_older_file_and_the_part(tmp_path: Path) -> None:
    path = tmp_path / "poses.jsonl"
    path.write_text("older\n")

    def fail() -> None:
        with JsonLines(path) as lines:
            lines.write({"frame": 0})
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert path.read_text() == "older\n"
    assert (tmp_path / "poses.jsonl.part").read_text() == '{"frame":0}\n'


def test_what_is_no_json_is_refused(tmp_path: Path) -> None:
    with JsonLines(tmp_path / "poses.jsonl") as lines, pytest.raises(ValueError, match="not JSON compliant"):
        lines.write({"score": float("nan")})


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"tracks\.txt: cannot write here: No such file or directory; choose"):
        MotText(tmp_path / "none" / "tracks.txt")


def test_mot_rows_of_several_frames(tmp_path: Path) -> None:
    with MotText(tmp_path / "tracks.txt") as text:
        text.write([])
        text.write(["1,1,0,0,5,5,0.9,-1,-1,-1", "1,2,0,0,5,5,0.9,-1,-1,-1"])
        text.write(["2,1,0,0,5,5,0.9,-1,-1,-1"])
    assert [row.split(",")[:2] for row in (tmp_path / "tracks.txt").read_text().splitlines()] == [
        ["1", "1"],
        ["1", "2"],
        ["2", "1"],
    ]
