import pytest

from postprocess.rules import CameraReport


@pytest.mark.parametrize(
    ("state", "reasons", "known", "sees"),
    [
        ("live", [], set(), True),
        ("live", ["dark", "of another time"], {"dark", "of another time"}, True),
        ("live", ["stalled"], {"stalled"}, False),
        ("live", ["down"], {"down"}, False),
        ("connecting", [], set(), False),
        ("down", [], {"down"}, False),
        ("refused", ["low_fps"], {"down", "low_fps"}, False),
    ],
)
def test_a_camera_that_cannot_be_reached_or_refuses_the_login_is_down(
    state: str, reasons: list[str], known: set[str], sees: bool
) -> None:
    report = CameraReport.told("lobby", 7, 1_000_000_000, state, reasons)
    assert (report.reasons, report.sees) == (frozenset(known), sees)


def test_the_milliseconds_of_a_report_stand_for_the_frame_index() -> None:
    stamp = CameraReport.told("lobby", 7, 1_750_000_000_123_456_789, "live", []).stamp
    assert (stamp.camera_id, stamp.epoch, stamp.frame_index) == ("lobby", 7, 1_750_000_000_123)
    assert (stamp.captured_at_ns, stamp.pts_seconds) == (1_750_000_000_123_456_789, 0.0)
