import gzip
import hashlib
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.models.tarball import is_whole, unpack
from posestream.errors import DependencyError

Writer = Callable[..., Path]
FILES = {"models/a.json": b"{}", "models/a.bin": bytes(range(256)) * 50}
WANTED = {name: hashlib.sha256(content).hexdigest() for name, content in FILES.items()}


def special(name: str, kind: bytes, target: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info, b""


def swollen(name: str, size: int) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = size
    return info, bytes(size)


def left_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*")}


@pytest.fixture
def target(tmp_path: Path) -> Path:
    folder = tmp_path / "out" / "here"
    folder.mkdir(parents=True)
    return folder


def test_no_files_wanted_none_written(tmp_path: Path, target: Path, write_tarball: Writer) -> None:
    assert unpack(write_tarball(tmp_path / "t.tgz", FILES), {}, target) == []
    assert left_in(target) == set()


@pytest.mark.parametrize("order", [list(FILES), list(FILES)[::-1]])
def test_the_wanted_files_are_written_in_their_order(
    tmp_path: Path, target: Path, write_tarball: Writer, order: list[str]
) -> None:
    path = write_tarball(tmp_path / "t.tgz", {"README": b"no", **{name: FILES[name] for name in order}})
    got = unpack(path, WANTED, target)
    assert [each.name for each in got] == ["a.json", "a.bin"]
    assert [each.read_bytes() for each in got] == list(FILES.values())
    assert left_in(target) == {"a.json", "a.bin"}


@pytest.mark.parametrize(
    "extra",
    [
        swollen("../../../evil", 3),
        swollen("/evil", 3),
        swollen("package/../../evil", 3),
        special("package/evil", tarfile.SYMTYPE, "/etc/passwd"),
        special("package/loop", tarfile.SYMTYPE, "loop"),
        special("package/device", tarfile.CHRTYPE),
        special("package/pipe", tarfile.FIFOTYPE),
    ],
)
def test_hostile_members_beside_touch_nothing(
    tmp_path: Path, target: Path, write_tarball: Writer, extra: tuple[tarfile.TarInfo, bytes]
) -> None:
    path = write_tarball(tmp_path / "t.tgz", FILES, (extra,))
    unpack(path, WANTED, target)
    assert left_in(tmp_path) == {"t.tgz", "out", "out/here", "out/here/a.json", "out/here/a.bin"}


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
@pytest.mark.parametrize("to", ["/etc/passwd", "package/models/a.json", "a.bin"])
def test_a_wanted_file_that_is_no_file_is_missing(
    tmp_path: Path, target: Path, write_tarball: Writer, kind: bytes, to: str
) -> None:
    member = special("package/models/a.bin", kind, to)
    path = write_tarball(tmp_path / "t.tgz", {"models/a.json": FILES["models/a.json"]}, (member,))
    with pytest.raises(DependencyError, match=r"^it holds no models/a\.bin: the card and the package do not fit$"):
        unpack(path, WANTED, target)
    assert left_in(target) <= {"a.json"}


def test_a_file_out_of_all_proportion_is_not_written(tmp_path: Path, target: Path, write_tarball: Writer) -> None:
    path = write_tarball(tmp_path / "t.tgz", FILES)
    with pytest.raises(DependencyError, match=r"it holds no models/a\.bin"):
        unpack(path, WANTED, target, most_bytes=1000)
    assert left_in(target) == {"a.json"}


def test_a_missing_file_is_named(tmp_path: Path, target: Path, write_tarball: Writer) -> None:
    path = write_tarball(tmp_path / "t.tgz", {})
    with pytest.raises(DependencyError, match=r"it holds no models/a\.bin, models/a\.json"):
        unpack(path, WANTED, target)


def test_another_content_is_named(tmp_path: Path, target: Path, write_tarball: Writer) -> None:
    path = write_tarball(tmp_path / "t.tgz", FILES | {"models/a.bin": b"changed"})
    with pytest.raises(DependencyError, match=r"^models/a\.bin: wanted sha256 \w{12}…, got \w{12}…$"):
        unpack(path, WANTED, target)


def test_a_whole_tarball_is_whole(tmp_path: Path, write_tarball: Writer) -> None:
    assert is_whole(write_tarball(tmp_path / "t.tgz", FILES))


@pytest.fixture
def large(tmp_path: Path, write_tarball: Writer) -> Path:
    """A tarball that does not fit into one block of its compression."""
    noise = {f"f{number}": hashlib.sha256(bytes([number])).digest() * 40 for number in range(40)}
    return write_tarball(tmp_path / "t.tgz", noise | FILES)


@pytest.mark.parametrize("content", [b"", b"not a tarball", gzip.compress(b"")])
def test_what_is_no_tarball_is_told(tmp_path: Path, target: Path, content: bytes) -> None:
    path = tmp_path / "t.tgz"
    path.write_bytes(content)
    assert not is_whole(path)
    with pytest.raises(DependencyError, match=r"^the tarball is broken \(\w+\): pull again$"):
        unpack(path, WANTED, target)


def test_other_things_in_a_whole_gzip_are_told(tmp_path: Path, target: Path) -> None:
    path = tmp_path / "t.tgz"
    path.write_bytes(gzip.compress(b"not a tarball" * 100))
    with pytest.raises(DependencyError, match="the tarball is broken"):
        unpack(path, WANTED, target)


def test_a_tarball_that_was_cut_is_told(large: Path, target: Path) -> None:
    content = large.read_bytes()
    large.write_bytes(content[: len(content) // 2])
    assert not is_whole(large)
    with pytest.raises(DependencyError, match="the tarball is broken"):
        unpack(large, WANTED, target)


def test_flipped_bytes_are_seen(large: Path) -> None:
    content = bytearray(large.read_bytes())
    middle = len(content) // 2
    content[middle : middle + 40] = bytes(255 - each for each in content[middle : middle + 40])
    large.write_bytes(content)
    assert not is_whole(large)
