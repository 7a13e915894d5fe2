import pytest

from posestream.config import KafkaConfig
from posestream.messaging.topic_figures import TopicFigures
from posestream.messaging.topic_plan import Allowed, Plan, TopicState, plan_topics
from posestream.messaging.topic_report import (
    HEAD,
    TopicRow,
    difference_lines,
    done_lines,
    plan_content,
    topic_rows,
)
from posestream.messaging.topics import topic_specs

SPECS = topic_specs(KafkaConfig())
FRAMES = SPECS[0].name
STATE = TopicState(FRAMES, 2, 1, dict(SPECS[0].settings) | {"segment.ms": "5"})


def plan(*, more_partitions: bool) -> Plan:
    """A broker that has the frames alone, with two partitions and another segment.ms."""
    return plan_topics(SPECS[:2], {FRAMES: STATE}, Allowed(more_partitions=more_partitions))


def test_an_empty_plan_has_no_lines() -> None:
    assert done_lines(Plan()) == difference_lines(Plan()) == []


def test_what_was_done() -> None:
    assert done_lines(plan(more_partitions=True)) == [
        "made topic posestream.poses: 6 partitions, 1 copies",
        "topic posestream.frames: partitions 2 -> 6",
        "topic posestream.frames: segment.ms 5 -> 15000",
    ]


def test_what_differs() -> None:
    assert [line.partition(":")[0] for line in difference_lines(plan(more_partitions=False))] == [
        "topic posestream.poses is missing",
        "topic posestream.frames",
        "topic posestream.frames has 2 partitions, the config wants 6",
    ]
    assert difference_lines(plan(more_partitions=True))[1:] == [
        "topic posestream.frames has 2 partitions, wanted 6: run 'posestream topics apply'",
        "topic posestream.frames: segment.ms is 5, wanted 15000: run 'posestream topics apply'",
    ]


def test_the_same_for_programs() -> None:
    content = plan_content(plan(more_partitions=True))
    assert content == {
        "created": ["posestream.poses"],
        "partitions": [{"topic": FRAMES, "was": 2, "is": 6}],
        "settings": [{"topic": FRAMES, "was": {"segment.ms": "5"}, "is": {"segment.ms": "15000"}}],
        "refused": [],
        "kept": [],
    }


def test_rows_are_in_the_order_of_the_flow_and_changelogs_last() -> None:
    changelog = "changelog__posestream.track--posestream.poses--default"
    rows = topic_rows(SPECS, {changelog: TopicState(changelog, 6, 1, None)}, {})
    assert [row.name for row in rows] == [*(spec.name for spec in SPECS), changelog]
    assert rows[0].texts() == (FRAMES, "missing", "", "", "", "", "", "")
    assert rows[0].content()["exists"] is False
    assert rows[-1].texts() == (changelog, "6", "1", "?", "?", "?", "?", "")
    assert rows[-1].content()["settings"] is None


@pytest.mark.parametrize(
    ("cleanup", "retention", "keeps"),
    [
        ("delete", "-1", "for ever"),
        ("delete", "0", "0ms"),
        ("delete", "1500", "1500ms"),
        ("delete", "60000", "1m"),
        ("delete", "86400000", "1d"),
        ("compact,delete", "7200000", "2h"),
        ("compact", "604800000", "last of each key"),
    ],
)
def test_how_long_it_is_kept(cleanup: str, retention: str, keeps: str) -> None:
    settings = {"cleanup.policy": cleanup, "retention.ms": retention, "max.message.bytes": "1048576"}
    figures = TopicFigures(7, {"posestream.infer": 3, "posestream.archive": 0})
    row = TopicRow(FRAMES, TopicState(FRAMES, 2, 1, settings), figures)
    assert row.texts() == (FRAMES, "2", "1", keeps, "1024 KiB", cleanup, "7", "archive 0, infer 3")
    assert len(row.texts()) == len(HEAD)
