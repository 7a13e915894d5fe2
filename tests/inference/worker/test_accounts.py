from fakes import shared

from inference.worker.accounts import MOST_CAMERAS, NOT_READ, OTHER_CAMERA, Dropped


def test_nothing_came() -> None:
    summary = shared().accounts.summary()
    assert set(summary.values()) == {0}
    assert "open" in summary


def test_each_frame_is_counted_when_it_comes_and_when_its_fate_is_known() -> None:
    given = shared()
    accounts = given.accounts
    for _ in range(6):
        accounts.received("lobby")
    accounts.beat("lobby")
    accounts.answered("lobby")
    accounts.dropped("lobby", Dropped.OLD)
    accounts.dropped("lobby", Dropped.NEWER)
    accounts.dropped("lobby", Dropped.REVOKED)
    accounts.unusable(received=True)
    accounts.unusable(received=False)
    accounts.skipped(0)
    accounts.skipped(40)
    assert accounts.summary() == {
        "received": 6,
        "answered": 1,
        "dropped": 3,
        "unusable": 1,
        "unreadable": 1,
        "beats": 1,
        "skipped": 40,
        "dropped_newer": 1,
        "dropped_old": 1,
        "dropped_revoked": 1,
        "open": 1,
    }
    assert accounts.too_much == 2
    text = given.metrics.text().decode()
    for line in (
        'posestream_frames_received_total{camera="lobby"} 6.0',
        'posestream_frames_dropped_total{camera="lobby",reason="newer"} 1.0',
        f'posestream_frames_dropped_total{{camera="{NOT_READ}",reason="old"}} 40.0',
    ):
        assert line in text


def test_names_that_come_in_messages_do_not_become_figures_without_end() -> None:
    given = shared()
    for number in range(MOST_CAMERAS + 50):
        given.accounts.received(f"camera-{number}")
    lines = [line for line in given.metrics.text().decode().splitlines() if "frames_received_total{" in line]
    assert len(lines) == MOST_CAMERAS + 1
    assert f'posestream_frames_received_total{{camera="{OTHER_CAMERA}"}} 50.0' in lines
    assert given.accounts.summary()["received"] == MOST_CAMERAS + 50
