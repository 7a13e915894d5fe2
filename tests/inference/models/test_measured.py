import stat
from pathlib import Path

import pytest

from inference.models.measured import Measured, keep_measured, read_measured

ONE = Measured(device="a CPU", engine="openvino 2026.2", threads=2, milliseconds=1.5, outputs=((1, 17, 3), ()))


def test_what_is_kept_is_read(tmp_path: Path) -> None:
    assert read_measured(tmp_path) is None
    for measured in (ONE, ONE.model_copy(update={"milliseconds": 7.0})):
        keep_measured(tmp_path, measured)
        assert read_measured(tmp_path) == measured
    (file,) = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b'{"device": 5}'])
def test_what_cannot_be_read_was_not_measured(tmp_path: Path, content: bytes) -> None:
    keep_measured(tmp_path, ONE)
    (tmp_path / "measured.json").write_bytes(content)
    assert read_measured(tmp_path) is None


def test_two_processes_do_not_meet(tmp_path: Path) -> None:
    (tmp_path / "measured.json.part").mkdir()  # of another process: it has a name of its own
    keep_measured(tmp_path, ONE)
    assert read_measured(tmp_path) == ONE


def test_what_cannot_be_kept_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "measured.json").mkdir()
    with pytest.raises(IsADirectoryError):
        keep_measured(tmp_path, ONE)
    assert len(list(tmp_path.iterdir())) == 1
