"""What is given out is what was built here: everything else is refused, in one line, and built anew."""

import multiprocessing
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from inference.engine_cache import KEY_FILE, EngineCache, EngineKey
from posestream.errors import PosestreamError

KEY = EngineKey("ab" * 32, "11.4.0.106", "NVIDIA T4", (7, 5), "fp16", "1-8-32 x 256x256x3")
ENGINE = bytes(range(256)) * 40


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "engines"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_what_was_stored_comes_back(root: Path) -> None:
    cache = EngineCache(root)
    assert cache.load(KEY) is None
    for engine in (b"", ENGINE):
        cache.store(KEY, engine)
        assert cache.load(KEY) == engine
        assert EngineCache(root).load(KEY) == engine
    assert sorted(path.name for path in root.iterdir()) == sorted([KEY.file, KEY_FILE])


def test_only_the_owner_has_it_in_hand(root: Path) -> None:
    before = os.umask(0)
    try:
        EngineCache(root).store(KEY, ENGINE)
    finally:
        os.umask(before)
    assert mode(root) == 0o700
    assert {mode(path) for path in root.iterdir()} == {0o600}


@pytest.mark.parametrize(
    "change",
    [
        {"model": "cd" * 32},
        {"tensorrt": "10.13.3.9"},
        {"gpu": "NVIDIA A10"},
        {"capability": (8, 6)},
        {"precision": "fp32"},
        {"profile": "1-8-32 x 192x192x3"},
    ],
)
def test_each_part_of_the_key_makes_another_engine(root: Path, change: dict[str, object]) -> None:
    other = replace(KEY, **change)  # type: ignore[arg-type]  # a table of changes
    cache = EngineCache(root)
    cache.store(KEY, ENGINE)
    assert other.file != KEY.file
    assert cache.load(other) is None
    (root / KEY.file).replace(root / other.file)  # the file of another one under its name
    refused(cache, other, "of another model, version or device")


def refused(cache: EngineCache, key: EngineKey, reason: str) -> None:
    """It is refused with one line, and works again once it is stored anew."""
    with capture_logs() as lines:
        assert cache.load(key) is None
    assert [line["event"] for line in lines] == ["engine refused, it is built anew"]
    assert reason in lines[0]["reason"]
    cache.store(key, b"anew")
    assert cache.load(key) == b"anew"


@pytest.mark.parametrize("place", [0, 25, 100, 5000, -33, -1])
@pytest.mark.parametrize("bit", [1, 0x80])
def test_a_flipped_bit(root: Path, place: int, bit: int) -> None:
    cache = EngineCache(root)
    cache.store(KEY, ENGINE)
    content = bytearray((root / KEY.file).read_bytes())
    content[place] ^= bit
    (root / KEY.file).write_bytes(content)
    refused(cache, KEY, "changed or cut")


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 500, -1])
def test_a_truncated_file(root: Path, length: int) -> None:
    cache = EngineCache(root)
    cache.store(KEY, ENGINE)
    content = (root / KEY.file).read_bytes()
    (root / KEY.file).write_bytes(content[:length])
    refused(cache, KEY, "changed or cut")


def test_more_at_the_end(root: Path) -> None:
    cache = EngineCache(root)
    cache.store(KEY, ENGINE)
    with (root / KEY.file).open("ab") as file:
        file.write(b"\0")
    refused(cache, KEY, "changed or cut")


def test_an_engine_by_another_key(root: Path, tmp_path: Path) -> None:
    EngineCache(tmp_path / "theirs").store(KEY, b"evil")
    cache = EngineCache(root)
    cache.store(KEY, ENGINE)
    (root / KEY.file).write_bytes((tmp_path / "theirs" / KEY.file).read_bytes())
    refused(cache, KEY, "not built here")


def link(path: Path, elsewhere: Path) -> None:
    elsewhere.write_bytes(path.read_bytes())
    elsewhere.chmod(0o600)
    path.unlink()
    path.symlink_to(elsewhere)


def pipe(path: Path, _elsewhere: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o600)


def open_to_all(path: Path, _elsewhere: Path) -> None:
    path.chmod(0o640)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (link, "cannot be opened"),
        (pipe, "not a plain file"),
        (open_to_all, "wanted owner and mode 0600"),
    ],
)
def test_a_file_that_is_not_ours_alone(
    root: Path, tmp_path: Path, change: Callable[[Path, Path], None], reason: str
) -> None:
    cache = EngineCache(root)
    cache.store(KEY, ENGINE)
    change(root / KEY.file, tmp_path / "elsewhere")
    refused(cache, KEY, reason)
    assert not (root / KEY.file).is_symlink()


@pytest.mark.parametrize("change", [link, open_to_all])
def test_a_secret_that_others_may_know_is_made_anew(
    root: Path, tmp_path: Path, change: Callable[[Path, Path], None]
) -> None:
    cache = EngineCache(root)
    cache.store(KEY, ENGINE)
    old = (root / KEY_FILE).read_bytes()
    change(root / KEY_FILE, tmp_path / "elsewhere")
    with capture_logs() as lines:
        assert cache.load(KEY) is None
    assert [line["event"] for line in lines] == [
        "key of the engines refused, a new one is made",
        "engine refused, it is built anew",
    ]
    new = (root / KEY_FILE).read_bytes()
    assert new != old
    assert len(new) == 32
    assert not (root / KEY_FILE).is_symlink()
    assert mode(root / KEY_FILE) == 0o600


@pytest.mark.parametrize("content", [b"", b"short", bytes(33)])
def test_a_damaged_secret_is_made_anew(root: Path, content: bytes) -> None:
    cache = EngineCache(root)
    cache.store(KEY, ENGINE)
    (root / KEY_FILE).write_bytes(content)
    with capture_logs():
        assert cache.load(KEY) is None
    cache.store(KEY, ENGINE)
    assert cache.load(KEY) == ENGINE


def test_a_linked_folder_is_refused(root: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    root.parent.mkdir()
    root.symlink_to(elsewhere)
    for use in (lambda: EngineCache(root).load(KEY), lambda: EngineCache(root).store(KEY, ENGINE)):
        with pytest.raises(PosestreamError, match="wanted a folder of this user's own, no link"):
            use()
    assert list(elsewhere.iterdir()) == []


def test_a_folder_open_to_others_is_closed(root: Path) -> None:
    root.mkdir(parents=True, mode=0o755)
    root.chmod(0o777)
    EngineCache(root).store(KEY, ENGINE)
    assert mode(root) == 0o700


def test_a_place_that_is_no_folder_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PosestreamError) as caught:
        EngineCache(tmp_path / "file" / "engines").store(KEY, ENGINE)
    assert "\n" not in str(caught.value)


def test_those_not_used_for_longest_go_first(root: Path) -> None:
    keys = [replace(KEY, precision=str(number)) for number in range(4)]
    cache = EngineCache(root, most_bytes=2500)
    for number, key in enumerate(keys[:3]):
        cache.store(key, bytes(300))
        os.utime(root / key.file, ns=(0, number))
    assert cache.load(keys[0]) is not None  # now 1 is the one that was not used for longest
    cache.store(keys[3], bytes(900))
    assert [cache.load(key) is not None for key in keys] == [True, False, True, True]
    assert sum(path.stat().st_size for path in root.glob("*.engine")) <= 2500


def test_an_engine_larger_than_the_cache_is_not_kept(root: Path) -> None:
    cache = EngineCache(root, most_bytes=1000)
    cache.store(replace(KEY, precision="int8"), bytes(10))
    with capture_logs() as lines:
        cache.store(KEY, bytes(1000))
    assert [line["event"] for line in lines] == ["engine too large to be kept"]
    assert cache.load(KEY) is None
    assert cache.load(replace(KEY, precision="int8")) == bytes(10)
    EngineCache(root).store(KEY, bytes(1000))
    with capture_logs() as lines:
        assert cache.load(KEY) is None
    assert "larger than" in lines[0]["reason"]


def test_what_a_crash_left_goes_after_an_hour(root: Path) -> None:
    cache = EngineCache(root)
    cache.store(KEY, ENGINE)
    old, fresh = root / "x.engine.1.aa.part", root / "x.engine.2.bb.part"
    old.touch()
    fresh.touch()
    os.utime(old, (0, 0))
    cache.store(KEY, ENGINE)
    assert not old.exists()
    assert fresh.exists()


def _build(root: str, number: int, gate: object) -> None:
    gate.wait()  # type: ignore[attr-defined]  # a barrier of multiprocessing
    cache = EngineCache(Path(root))
    for turn in range(20):
        cache.store(KEY, bytes([number]) * 50_000)
        cache.store(replace(KEY, profile=f"{number} {turn}"), ENGINE)
        engine = cache.load(KEY)
        assert engine is not None
        assert len(set(engine)) == 1, "half of one and half of the other"
        assert len(engine) == 50_000


def test_two_processes_at_once_have_one_secret_and_whole_engines(root: Path) -> None:
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(3)
    workers = [context.Process(target=_build, args=(str(root), number, gate)) for number in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0, 0, 0]
    with capture_logs() as lines:
        cache = EngineCache(root)
        assert cache.load(KEY) is not None
        kept = [cache.load(replace(KEY, profile=f"{number} {turn}")) for number in range(3) for turn in range(20)]
    assert set(kept) == {ENGINE}
    assert lines == []
    assert list(root.glob("*.part")) == []
