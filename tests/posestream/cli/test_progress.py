import pytest

from posestream.cli.progress import download_bar, frames_bar

TITLE = "a[b]c[/x].mp4"  # brackets are markup to rich


def test_frames_are_told_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with frames_bar(TITLE) as progress:
        progress(1, None, 0)
        progress(30, 60, 4)
    told = capsys.readouterr()
    assert told.out == ""
    assert TITLE in told.err
    assert "50%" in told.err


def test_a_bar_without_a_single_frame(capsys: pytest.CaptureFixture[str]) -> None:
    with frames_bar(""):
        pass
    assert capsys.readouterr().out == ""


def test_downloads_are_told_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    with download_bar() as report:
        report("fetching @x/[y]@1", 0, 1000)
        report("fetching @x/[y]@1", 1000, 1000)
    told = capsys.readouterr()
    assert told.out == ""
    assert "fetching @x/[y]@1" in told.err
    assert "1.0/1.0 kB" in told.err
