"""The watch on real files: every way in which a file comes to hold something else."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from posestream.config import Config
from posestream.config import watch as watch_module
from posestream.config.watch import ConfigWatch
from posestream.errors import UsageError

DEADLINE_SECONDS = 30.0


def text(*names: str) -> str:
    return "cameras:\n" + "".join(f"  - {{id: {name}, url: 'rtsp://u:${{PW}}@h/x'}}\n" for name in names)


class Heard:
    """What a watch said, in order: ids of cameras, or a mistake."""

    def __init__(self) -> None:
        self.said: list[list[str] | str] = []
        self.refuse = ""

    def config(self, config: Config) -> None:
        if self.refuse:
            raise UsageError(self.refuse)
        self.said.append([camera.id for camera in config.cameras])

    def mistake(self, mistake: str) -> None:
        self.said.append(mistake)

    def wait(self, last: list[str] | str) -> None:
        ends_at = time.monotonic() + DEADLINE_SECONDS
        while not (self.said and _fits(self.said[-1], last)):
            assert time.monotonic() < ends_at, self.said
            time.sleep(0.01)


def _fits(said: list[str] | str, wanted: list[str] | str) -> bool:
    return wanted in said if isinstance(said, str) and isinstance(wanted, str) else said == wanted


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(text("a"))
    return path


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def watching(heard: Heard) -> Iterator[Callable[..., ConfigWatch]]:
    """``watching(path)`` opens a watch that has told the first config."""
    with ExitStack() as stack:

        def start(path: Path, look_seconds: float = 60.0) -> ConfigWatch:
            environment = {"PW": "CANARY"}
            watch = ConfigWatch(path, heard.config, heard.mistake, environment=environment, look_seconds=look_seconds)
            stack.enter_context(watch)
            heard.wait(["a"])
            return watch

        yield start


Watching = Callable[..., ConfigWatch]


def test_a_file_written_in_place_is_told(file: Path, heard: Heard, watching: Watching) -> None:
    watching(file)
    file.write_text(text("a", "b"))
    heard.wait(["a", "b"])


def test_a_file_replaced_as_editors_do_is_told(file: Path, heard: Heard, watching: Watching) -> None:
    watching(file)
    for names in (["b"], ["c"], ["d"]):  # a watch on the file itself would have lost it after the first
        (file.parent / "site.yaml~").write_text(text(*names))
        (file.parent / "site.yaml~").replace(file)
        heard.wait(names)


def test_a_config_map_whose_folder_is_swapped_is_told(tmp_path: Path, heard: Heard, watching: Watching) -> None:
    """As Kubernetes does: site.yaml -> ..data/site.yaml, ..data -> ..N, and ..data is replaced by rename."""

    def swap(number: int, *names: str) -> None:
        folder = tmp_path / f"..{number}"
        folder.mkdir()
        (folder / "site.yaml").write_text(text(*names))
        (tmp_path / "..data_tmp").symlink_to(folder.name)
        (tmp_path / "..data_tmp").replace(tmp_path / "..data")

    swap(1, "a")
    (tmp_path / "site.yaml").symlink_to("..data/site.yaml")
    watching(tmp_path / "site.yaml")
    swap(2, "b")
    heard.wait(["b"])
    swap(3, "c")
    heard.wait(["c"])


def test_a_link_s_target_elsewhere_is_watched_too(tmp_path: Path, heard: Heard, watching: Watching) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "it.yaml").write_text(text("a"))
    (tmp_path / "site.yaml").symlink_to("real/it.yaml")
    watching(tmp_path / "site.yaml")
    (tmp_path / "real" / "it.yaml").write_text(text("b"))
    heard.wait(["b"])


def test_a_mistake_is_told_once_without_secrets_and_mended(file: Path, heard: Heard, watching: Watching) -> None:
    watching(file, look_seconds=0.1)
    file.write_text(text("a").replace("url", "fps: CANARY, url"))
    heard.wait(f"{file}: cameras[0].fps: ")
    time.sleep(0.5)  # some looks
    file.write_text("cameras: [")
    heard.wait("not valid YAML")
    file.write_text(text("b"))
    heard.wait(["b"])
    assert len(heard.said) == 4
    assert "CANARY" not in repr(heard.said)


def test_what_the_taker_refuses_is_a_mistake(file: Path, heard: Heard, watching: Watching) -> None:
    watching(file)
    heard.refuse = "camera 'b': no source"
    file.write_text(text("b"))
    heard.wait("camera 'b': no source")


@pytest.mark.parametrize("content", ["", "# all gone\n", "{}"])
def test_an_emptied_file_removes_no_camera(file: Path, heard: Heard, watching: Watching, content: str) -> None:
    watching(file)
    file.write_text(content)
    heard.wait("the file is empty")
    file.write_text("cameras: []")  # said outright, it does
    heard.wait([])


def test_a_file_that_is_away_for_a_moment_is_not_missed_but_one_that_stays_away_is(
    file: Path, heard: Heard, watching: Watching
) -> None:
    watching(file)
    moved = file.rename(file.parent / "elsewhere")
    time.sleep(0.5)
    moved.rename(file)
    file.write_text(text("b"))
    heard.wait(["b"])
    assert heard.said == [["a"], ["b"]]
    file.unlink()
    heard.wait("cannot read the config: No such file or directory")
    file.write_text(text("c"))
    heard.wait(["c"])


def test_a_file_that_is_still_being_written_is_waited_for(file: Path, heard: Heard, watching: Watching) -> None:
    watching(file)
    lines = text(*"abcdefgh").splitlines(keepends=True)
    with file.open("w") as writing:
        for line in lines:  # each beginning of it is a valid config
            writing.write(line)
            writing.flush()
            time.sleep(0.1)
    heard.wait([*"abcdefgh"])
    assert heard.said == [["a"], [*"abcdefgh"]]


def test_a_touch_reads_it_again(file: Path, heard: Heard, watching: Watching) -> None:
    """As after a change of the file that NAME_FILE names."""
    watching(file)
    os.utime(file, (1, 1))
    heard.wait(["a"])
    while len(heard.said) < 2:
        time.sleep(0.01)


def test_where_the_system_tells_nothing_the_file_is_looked_at(
    file: Path, heard: Heard, watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> Iterator[object]:
        raise OSError("no more watches")
        yield

    monkeypatch.setattr(watch_module, "watch", refused)
    watching(file, look_seconds=0.1)
    file.write_text(text("b"))
    heard.wait(["b"])


def test_a_folder_that_is_replaced_is_followed(tmp_path: Path, heard: Heard, watching: Watching) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "site.yaml").write_text(text("a"))
    watching(folder / "site.yaml", look_seconds=0.2)
    folder.rename(tmp_path / "old")
    folder.mkdir()
    (folder / "site.yaml").write_text(text("b"))
    heard.wait(["b"])


def test_the_end_is_clean_and_quick(file: Path, heard: Heard) -> None:
    with ConfigWatch(file, heard.config, heard.mistake, environment={"PW": "CANARY"}):
        heard.wait(["a"])
        began = time.monotonic()
    assert time.monotonic() - began < 5
    assert not [thread for thread in threading.enumerate() if thread.name == "config-watch"]
    assert heard.said == [["a"]]
