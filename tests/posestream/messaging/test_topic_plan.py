from dataclasses import replace

import pytest

from posestream.config import KafkaConfig
from posestream.messaging.topic_plan import (
    Allowed,
    MorePartitions,
    NewSettings,
    Plan,
    TopicState,
    changelogs,
    plan_topics,
)
from posestream.messaging.topics import topic_specs

SPECS = topic_specs(KafkaConfig(partitions=6, replication=2))
FRAMES = "posestream.frames"
CHANGELOG = "changelog__posestream.track--posestream.poses--default"


def as_wanted(**changed: TopicState) -> dict[str, TopicState]:
    """A broker that has all as wanted, but for ``changed``: states by stream."""
    states = {
        spec.stream: TopicState(spec.name, spec.partitions, spec.replication, dict(spec.settings)) for spec in SPECS
    }
    return {state.name: state for state in (states | changed).values()}


def frames(**changed: object) -> TopicState:
    return replace(as_wanted()[FRAMES], **changed)  # type: ignore[arg-type]


def with_setting(name: str, value: str, *, own: bool) -> TopicState:
    settings = dict(frames().settings or {}) | {name: value}
    return frames(settings=settings, own=frozenset({name} if own else ()))


def test_an_empty_broker_gets_all_topics() -> None:
    plan = plan_topics(SPECS, {})
    assert plan == Plan(create=SPECS)
    assert plan.names == [spec.name for spec in SPECS]
    assert not plan.is_done


def test_nothing_is_done_where_all_is_as_wanted() -> None:
    assert plan_topics(SPECS, as_wanted()) == Plan()
    assert Plan().is_done


def test_a_missing_topic_is_made() -> None:
    there = as_wanted()
    del there[FRAMES]
    assert [spec.name for spec in plan_topics(SPECS, there).create] == [FRAMES]


def test_partitions_are_never_taken_away() -> None:
    plan = plan_topics(SPECS, as_wanted(frames=frames(partitions=12)), Allowed(more_partitions=True, shrink=True))
    assert plan.is_done
    [line] = plan.refused
    assert line == (
        "topic posestream.frames has 12 partitions, the config wants 6: Kafka cannot take any away; set "
        "kafka.partitions: 12, or delete the topic and apply again"
    )


def test_more_partitions_must_be_asked_for() -> None:
    there = as_wanted(frames=frames(partitions=3))
    refused = plan_topics(SPECS, there)
    assert refused.is_done
    assert "posestream topics apply --more-partitions" in refused.refused[0]
    plan = plan_topics(SPECS, there, Allowed(more_partitions=True))
    assert plan == Plan(partitions=(MorePartitions(FRAMES, 3, 6),))


@pytest.mark.parametrize("copies", [2, 3])
def test_as_many_copies_or_more_are_fine(copies: int) -> None:
    assert plan_topics(SPECS, as_wanted(poses=replace(as_wanted()["posestream.poses"], replication=copies))) == Plan()


def test_too_few_copies_are_told() -> None:
    plan = plan_topics(SPECS, as_wanted(poses=replace(as_wanted()["posestream.poses"], replication=1)))
    assert plan.is_done
    assert plan.refused == (
        "topic posestream.poses has 1 copies, the config wants 2: that is moved with kafka-reassign-partitions.sh",
    )


@pytest.mark.parametrize(
    ("name", "had", "own", "is_set"),
    [
        ("retention.ms", "1000", True, True),
        ("retention.ms", "1000", False, True),
        ("retention.ms", "604800000", False, True),  # the broker's default, nobody's wish
        ("retention.ms", "604800000", True, False),
        ("retention.ms", "-1", True, False),
        ("retention.bytes", "-1", False, True),
        ("retention.bytes", "-1", True, False),
        ("max.message.bytes", "1000000", True, True),
        ("max.message.bytes", "9000000", True, False),
        ("segment.ms", "604800000", True, True),  # loses nothing
        ("cleanup.policy", "compact", True, True),
    ],
)
def test_what_would_delete_messages_is_kept_where_somebody_has_set_it(
    name: str, had: str, own: bool, is_set: bool
) -> None:
    there = as_wanted(frames=with_setting(name, had, own=own))
    ours = SPECS[0].settings[name]
    step = NewSettings(FRAMES, {name: had}, {name: ours})
    plan = plan_topics(SPECS, there)
    assert plan.settings == ((step,) if is_set else ())
    assert len(plan.kept) == (0 if is_set else 1)
    assert plan.refused == ()
    assert plan_topics(SPECS, there, Allowed(shrink=True)) == Plan(settings=(step,))


def test_what_is_kept_is_told() -> None:
    plan = plan_topics(SPECS, as_wanted(frames=with_setting("retention.ms", "120000", own=True)))
    assert plan.is_done
    [line] = plan.kept
    assert line == (
        "topic posestream.frames keeps retention.ms 120000, which somebody has set to more than our 60000; "
        "'posestream topics apply --shrink' would set ours"
    )


def test_settings_that_may_not_be_read_are_told() -> None:
    plan = plan_topics(SPECS, as_wanted(frames=frames(settings=None)))
    assert plan == Plan(
        refused=("topic posestream.frames: its settings may not be read; this user needs DescribeConfigs on it",)
    )


@pytest.mark.parametrize(
    ("source", "changelog", "allowed", "steps"),
    [
        (6, 6, False, []),
        (3, 3, False, []),  # the source stays as it is, so does its state
        (3, 3, True, ["posestream.poses", CHANGELOG]),
        (6, 3, False, [CHANGELOG]),  # the worker would not start
        (6, 12, True, []),
    ],
)
def test_a_changelog_follows_its_topic(source: int, changelog: int, allowed: bool, steps: list[str]) -> None:
    state = TopicState(CHANGELOG, changelog, 1, {})
    there = as_wanted(poses=replace(as_wanted()["posestream.poses"], partitions=source), track=state)
    plan = plan_topics(SPECS, there, Allowed(more_partitions=allowed))
    assert [step.name for step in plan.partitions] == steps


def test_steps_are_told_once() -> None:
    there = as_wanted(frames=with_setting("segment.ms", "1", own=True))
    del there["posestream.poses"]
    plan = plan_topics(SPECS, there)
    assert plan.without(Plan()) == plan == Plan().followed_by(plan)
    assert plan.without(plan).is_done
    assert plan.without(replace(plan, settings=())).names == [FRAMES]


def test_changelogs_are_known_by_their_names() -> None:
    others = {name: TopicState(name, 1, 1, {}) for name in ("changelog__x--other.poses--default", "changelog__", "x")}
    found = list(changelogs(SPECS, others | {CHANGELOG: TopicState(CHANGELOG, 1, 1, {})}))
    assert [(state.name, spec.stream) for state, spec in found] == [(CHANGELOG, "poses")]
