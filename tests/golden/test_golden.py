"""Messages as released versions wrote them are read to the same content for ever."""

import base64
import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from posestream.messaging.alert_message import read_alert
from posestream.messaging.control_message import read_control
from posestream.messaging.events import event_headers, read_poses, read_tracks
from posestream.messaging.frame_message import read_frame
from posestream.messaging.headers import unpacked
from posestream.messaging.health_message import read_health
from posestream.messaging.proto import events_pb2 as pb

FOLDER = Path(__file__).parent
FILES = sorted(FOLDER.glob("v*/*.json"))
Read = Callable[[bytes | None, bytes | None, Any], object]
READERS: dict[str, Read] = {
    "frame": read_frame,
    "poses": read_poses,
    "tracks": read_tracks,
    "alert": read_alert,
    "health": read_health,
    "control": read_control,
    "dead-letter": lambda _key, _value, headers: unpacked(headers),
}
each_file = pytest.mark.parametrize("path", FILES, ids=[f"{path.parent.name}-{path.stem}" for path in FILES])


@pytest.fixture(scope="module")
def make() -> ModuleType:
    """tests/golden/make.py, by its path: tests are no package."""
    spec = importlib.util.spec_from_file_location("golden_make", FOLDER / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def message_of(path: Path) -> tuple[dict[str, Any], bytes, bytes, dict[str, bytes]]:
    file = json.loads(path.read_text(encoding="utf-8"))
    headers = {name: text.encode() for name, text in file["headers"].items()}
    return file, base64.b64decode(file["key"]), base64.b64decode(file["value"]), headers


def differences(wanted: Any, got: Any, where: str = "") -> list[str]:  # noqa: ANN401  # what JSON can hold
    """Say where ``got`` lacks what was wanted; what it has besides are fields of later versions."""
    if isinstance(wanted, dict) and isinstance(got, dict) and wanted.keys() != {"type", "shape", "numbers"}:
        return [line for name, item in wanted.items() for line in differences(item, got.get(name), f"{where}.{name}")]
    return [] if wanted == got else [f"{where}: wanted {wanted}, got {got}"]


def test_the_comparison_sees_differences() -> None:
    assert differences({}, {}) == []
    assert differences({"a": {"b": 1}}, {"a": {"b": 1, "later": 2}}) == []
    assert differences({"a": {"b": 1}}, {"a": {"b": 2}}) == [".a.b: wanted 1, got 2"]
    assert differences({"a": None, "b": 1}, {"a": None}) == [".b: wanted 1, got None"]


def test_every_kind_of_the_present_version_has_a_file(make: ModuleType) -> None:
    there = {path.stem for path in FILES if path.parent.name == f"v{make.VERSION}"}
    assert there == set(make.golden_messages())
    assert {golden.kind for golden in make.golden_messages().values()} == set(READERS)


@each_file
def test_what_was_written_is_read_to_the_same_content(make: ModuleType, path: Path) -> None:
    file, key, value, headers = message_of(path)
    read = make.described(READERS[file["kind"]](key, value, headers))
    assert differences(file["content"], json.loads(json.dumps(read))) == []


@each_file
def test_what_is_written_today_has_all_that_was_released(make: ModuleType, path: Path) -> None:
    released, _, value, headers = message_of(path)
    golden = make.golden_messages()[path.stem]
    present = {name: text for name, text in golden.headers if name != "schema_version"}
    assert differences({name: text for name, text in headers.items() if name in present}, present) == []
    if headers.get("content-type") == b"application/json":
        assert differences(json.loads(value), json.loads(golden.value)) == []
    assert differences(released["content"], json.loads(json.dumps(golden.content))) == []


def test_files_that_are_there_are_not_written_again(make: ModuleType, tmp_path: Path) -> None:
    folder = tmp_path / "v1"
    assert len(make.write_new(folder)) == len(make.golden_messages())
    (folder / "alert.json").write_text("released")
    (folder / "poses.json").unlink()
    assert make.write_new(folder) == [folder / "poses.json"]
    assert (folder / "alert.json").read_text() == "released"


def test_no_field_has_changed_its_number_name_or_type(make: ModuleType) -> None:
    released = json.loads((FOLDER / "events_descriptor.json").read_text(encoding="utf-8"))
    assert make.lost_fields(released, make.descriptor_listing()) == []
    assert released == make.descriptor_listing(), "new fields: run 'python tests/golden/make.py'"


def test_the_listing_is_not_written_over_a_changed_field(make: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "listing.json"
    assert make.write_descriptor(path) == []
    released = json.loads(path.read_text())
    assert released == make.descriptor_listing()
    released["posestream.v1.Stamp"][0] = "1 camera bytes"
    path.write_text(json.dumps(released))
    assert make.write_descriptor(path) == ["posestream.v1.Stamp: 1 camera bytes"]
    assert json.loads(path.read_text()) == released


def tag(number: int, kind: int) -> bytes:
    """Give the wire tag of a field whose number has two bytes."""
    whole = number << 3 | kind
    return bytes([whole & 0x7F | 0x80, whole >> 7])


LATER_FIELDS = [tag(100, 0) + b"\x07", tag(101, 1) + bytes(8), tag(102, 2) + b"\x03new", tag(103, 5) + bytes(4)]


@pytest.mark.parametrize("later", LATER_FIELDS, ids=["varint", "64-bit", "bytes", "32-bit"])
@pytest.mark.parametrize(("name", "read"), [("poses", read_poses), ("tracks", read_tracks)])
def test_fields_of_later_versions_are_passed_over(make: ModuleType, name: str, read: Read, later: bytes) -> None:
    file, key, value, headers = message_of(FOLDER / "v1" / f"{name}.json")
    assert make.described(read(key, value + later, headers)) == file["content"]


def test_fields_that_an_older_writer_did_not_know_get_their_defaults() -> None:
    stamp = pb.Stamp(camera="lobby", time_source=pb.TIME_SOURCE_FILE, width=1, height=1)
    poses = read_poses(b"lobby", pb.Poses(stamp=stamp, skeleton="coco17").SerializeToString(), event_headers())
    assert (len(poses), poses.model, poses.inferred, dict(poses.timings_ms)) == (0, "", False, {})
    assert (poses.keypoints_3d, poses.appearance) == (None, None)
    assert (poses.stamp.epoch, poses.stamp.captured_at_ns, poses.stamp.pts_seconds) == (0, 0, 0.0)
