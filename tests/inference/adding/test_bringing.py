import errno
import hashlib
import os
import socket
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from inference.adding import bringing
from inference.adding.bringing import bring_data, copy_file
from posestream.errors import InputError, PosestreamError

Values = bytes


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """The user's folder."""
    folder = tmp_path / "given"
    folder.mkdir()
    return folder


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """The workspace."""
    folder = tmp_path / "ours"
    folder.mkdir()
    return folder


# --- copy_file


@pytest.mark.parametrize("follow", [True, False])
def test_a_file_is_copied_for_its_owner_alone(given: Path, ours: Path, follow: bool) -> None:
    content = os.urandom(3_000_001)
    (given / "a").write_bytes(content)
    assert copy_file(given / "a", ours / "b", 2**30, follow=follow) == hashlib.sha256(content).hexdigest()
    assert (ours / "b").read_bytes() == content
    assert (ours / "b").stat().st_mode & 0o777 == 0o600


def test_a_file_of_just_the_most_is_copied_and_one_byte_more_is_not(given: Path, ours: Path) -> None:
    (given / "a").write_bytes(b"x" * 100)
    copy_file(given / "a", ours / "b", 100, follow=True)
    with pytest.raises(InputError, match=r"^larger than 99 bytes$"):
        copy_file(given / "a", ours / "c", 99, follow=True)


def refused(source: Path, ours: Path, *, follow: bool) -> str:
    with pytest.raises(InputError) as caught:
        copy_file(source, ours / "b", 2**30, follow=follow)
    return str(caught.value)


@pytest.mark.parametrize("follow", [True, False])
def test_what_is_no_regular_file(given: Path, ours: Path, follow: bool) -> None:
    os.mkfifo(given / "fifo")
    assert refused(given / "fifo", ours, follow=follow) == "not a regular file"
    assert refused(given, ours, follow=follow) == "not a regular file"
    assert refused(Path("/dev/zero"), ours, follow=follow) == "not a regular file"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(given / "socket"))
        assert refused(given / "socket", ours, follow=follow).startswith("cannot be read: ")
    assert refused(given / "none", ours, follow=follow) == "cannot be read: No such file or directory"
    assert not (ours / "b").exists()


def test_links_are_followed_only_where_the_user_named_them(given: Path, ours: Path) -> None:
    (given / "a").write_bytes(b"x")
    (given / "soft").symlink_to(given / "a")
    said = "it is a symbolic link: copy both files (cp -L) into one folder"
    assert refused(given / "soft", ours, follow=False) == said
    copy_file(given / "soft", ours / "soft", 9, follow=True)
    os.link(given / "a", given / "hard")
    assert refused(given / "hard", ours, follow=False) == "it is a hard link to a file that may lie elsewhere"
    copy_file(given / "hard", ours / "hard", 9, follow=True)


def test_nothing_of_ours_is_written_over(given: Path, ours: Path) -> None:
    (given / "a").write_bytes(b"x")
    (ours / "b").symlink_to(given / "victim")
    with pytest.raises(FileExistsError):
        copy_file(given / "a", ours / "b", 9, follow=True)
    assert not (given / "victim").exists()


# --- bring_data


@pytest.fixture
def values(own_networks: ModuleType, given: Path) -> Values:
    """The weights of ``single()`` in the file w.data."""
    content: bytes = own_networks.raw(own_networks.single(), "values")
    (given / "w.data").write_bytes(content)
    return content


@pytest.fixture
def bring(own_networks: ModuleType, given: Path, ours: Path) -> Callable[..., dict[str, str]]:
    """``bring(location, **entries)``: with the initialiser ``values`` said to lie there."""

    def call(location: str, **entries: object) -> dict[str, str]:
        model = own_networks.external(own_networks.single(), "values", location, **entries)
        return bring_data(model, given, ours)

    return call


def test_without_files_beside_nothing_is_brought(own_networks: ModuleType, given: Path, ours: Path) -> None:
    assert bring_data(own_networks.single(), given, ours) == {}


@pytest.mark.parametrize("entries", [{}, {"offset": 0}, {"length": 204}, {"offset": 0, "length": 204}])
def test_weights_beside_the_file_come_along(
    bring: Callable[..., dict[str, str]], values: Values, ours: Path, entries: dict[str, int]
) -> None:
    assert bring("w.data", **entries) == {"w.data": hashlib.sha256(values).hexdigest()}
    assert (ours / "w.data").read_bytes() == values


@pytest.mark.usefixtures("values")
@pytest.mark.parametrize(
    "location",
    ["", ".", "..", "../w.data", "a/../w.data", "/etc/passwd", "a/w.data", "./w.data", "w.data\n", "w\x00.data",
     ".hidden", "C:\\w.data", "x" * 300, "file:w.data", "~w.data", "w\u202e.data"],
)  # fmt: skip
def test_places_elsewhere_are_refused(bring: Callable[..., dict[str, str]], ours: Path, location: str) -> None:
    with pytest.raises(InputError) as caught:
        bring(location)
    assert str(caught.value).startswith("its weights lie in '")
    assert str(caught.value).endswith("': wanted the plain name of a file in the same folder")
    assert str(caught.value).isprintable()
    assert list(ours.iterdir()) == []


@pytest.mark.parametrize("name", ["model.onnx", "card.yaml", "measured.json"])
def test_a_name_that_is_ours(bring: Callable[..., dict[str, str]], given: Path, values: Values, name: str) -> None:
    (given / name).write_bytes(values)
    with pytest.raises(InputError, match=r"give that file another name$"):
        bring(name)


def test_links_out_of_the_folder_are_refused(
    bring: Callable[..., dict[str, str]], given: Path, values: Values, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(values)
    (given / "soft").symlink_to(secret)
    os.link(secret, given / "hard")
    (given / "folder").mkdir()
    for name, said in (
        ("soft", r"it is a symbolic link: copy both files \(cp -L\) into one folder"),
        ("hard", "it is a hard link to a file that may lie elsewhere"),
        ("folder", "not a regular file"),
        ("none", "cannot be read: No such file or directory"),
    ):
        with pytest.raises(InputError, match=f"^its weights in '{name}': {said}$"):
            bring(name)


@pytest.mark.usefixtures("values")
@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"offset": 1}, "tensor 'values' wants 204 bytes from 1 on, 'w.data' has 204"),
        ({"length": 200}, "tensor 'values' wants 204 bytes from 0 on, 'w.data' has 204"),
        ({"offset": 10**18 - 1}, "tensor 'values' wants 204 bytes from 999999999999999999 on, 'w.data' has 204"),
        ({"offset": 10**30}, "tensor 'values': offset and length are no numbers"),
        ({"offset": -4}, "tensor 'values': offset and length are no numbers"),
        ({"length": "²"}, "tensor 'values': offset and length are no numbers"),
        ({"length": ""}, "tensor 'values': offset and length are no numbers"),
    ],
)
def test_places_beyond_the_file_are_refused(
    bring: Callable[..., dict[str, str]], entries: dict[str, object], said: str
) -> None:
    with pytest.raises(InputError) as caught:
        bring("w.data", **entries)
    assert str(caught.value) == said


@pytest.mark.usefixtures("values")
def test_too_much_weight(bring: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bringing, "LARGEST_FILE", 203)
    with pytest.raises(InputError, match=r"^its weights in 'w\.data': larger than 203 bytes$"):
        bring("w.data")


def test_too_much_weight_in_all(
    own_networks: ModuleType, given: Path, ours: Path, values: Values, monkeypatch: pytest.MonkeyPatch
) -> None:
    (given / "more.data").write_bytes(b"\0" * 4)
    model = own_networks.external(own_networks.single(), "values", "w.data")
    own_networks.external(model, "nothing", "more.data")
    monkeypatch.setattr(bringing, "LARGEST_FILE", len(values) + 4)
    assert set(bring_data(model, given, ours)) == {"w.data", "more.data"}
    for path in ours.iterdir():
        path.unlink()
    monkeypatch.setattr(bringing, "LARGEST_FILE", len(values) + 3)
    with pytest.raises(InputError, match=r"^its weights in '[a-z.]+': larger than \d+ bytes$"):
        bring_data(model, given, ours)


@pytest.mark.usefixtures("values")
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_disk_that_is_full(
    bring: Callable[..., dict[str, str]], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def full(*_: object) -> str:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(bringing, "_copied", full)
    with pytest.raises(PosestreamError) as caught:
        bring("w.data")
    assert str(caught.value) == f"cannot keep the model: {os.strerror(number)}; is there room, is it yours?"
    assert caught.value.exit_code == 1


def test_a_file_that_stops_to_be_readable(given: Path, ours: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    (given / "a").write_bytes(b"x")
    monkeypatch.setattr(os, "read", broken)
    assert refused(given / "a", ours, follow=True) == "cannot be read: Input/output error"


def test_a_tensor_that_hides_in_a_branch_is_found(own_networks: ModuleType, given: Path, ours: Path) -> None:
    hidden = own_networks.external(own_networks.single(), "values", "../w.data").graph.initializer[1]
    with pytest.raises(InputError, match=r"^its weights lie in '\.\./w\.data'"):
        bring_data(own_networks.nested([], [hidden]), given, ours)


@pytest.mark.usefixtures("values")
def test_a_file_that_two_tensors_share_is_copied_once(own_networks: ModuleType, given: Path, ours: Path) -> None:
    model = own_networks.external(own_networks.single(), "values", "w.data")
    other = own_networks.external(own_networks.single(), "nothing", "w.data", offset=200).graph.initializer[0]
    model.graph.initializer.append(other)
    assert list(bring_data(model, given, ours)) == ["w.data"]
