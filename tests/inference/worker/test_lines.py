import pytest
from fakes import job

from inference.worker.claim import Claim
from inference.worker.job import Kind
from inference.worker.lines import Line, NewestLine, WholeLine


@pytest.mark.parametrize("line", [NewestLine(), WholeLine()])
def test_an_empty_line(line: Line) -> None:
    assert line.jobs == line.take(4) == line.remove(None) == []


def test_the_newest_picture_of_a_camera_replaces_what_waits() -> None:
    line = NewestLine()
    first, beat, second = job(index=0), job(index=1, kind=Kind.BEAT), job(index=2)
    other = job("door", 0)
    assert line.put(first) == line.put(beat) == line.put(other) == []
    assert line.put(second) == [first, beat]
    assert line.jobs == [second, other]  # it keeps its camera's turn


def test_a_sign_of_time_never_replaces_a_picture() -> None:
    line = NewestLine()
    picture, beat, lapse = job(index=0), job(index=1, kind=Kind.BEAT), job(index=2, kind=Kind.LAPSE)
    assert line.put(picture) == line.put(beat) == []
    assert line.put(lapse) == [beat]
    assert line.take(1) == [picture, lapse]


def test_cameras_take_turns() -> None:
    line = NewestLine()
    jobs = {camera: job(camera) for camera in "abc"}
    for each in jobs.values():
        line.put(each)
    assert line.take(2) == [jobs["a"], jobs["b"]]
    again = job("a", 1)
    line.put(again)
    assert line.take(2) == [jobs["c"], again]


def test_the_whole_line_keeps_all_in_order() -> None:
    line = WholeLine()
    jobs = [job("ab"[n % 2], n, Kind.BEAT if n == 1 else Kind.PICTURE) for n in range(5)]
    assert [line.put(each) for each in jobs] == [[]] * 5
    assert line.take(2) == jobs[:3]  # a beat is no work
    assert line.take(9) == jobs[3:]


@pytest.mark.parametrize("line", [NewestLine(), WholeLine()])
def test_the_jobs_of_a_claim_are_taken_out(line: Line) -> None:
    ours, gone = Claim(0, None), Claim(1, None)
    jobs = [job(camera, n, claim=claim) for n, (camera, claim) in enumerate((("a", gone), ("b", ours), ("c", gone)))]
    for each in jobs:
        line.put(each)
    assert line.remove([]) == []
    assert line.remove([gone]) == [jobs[0], jobs[2]]
    assert line.jobs == [jobs[1]]
    assert line.remove(None) == [jobs[1]]
