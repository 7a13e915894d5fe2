"""From what the broker has to what it should have: the steps, and what is refused because it would lose something."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from posestream.messaging.topics import TopicSpec

# Where somebody has set more on the topic itself than we would, that is on purpose: less would delete messages.
_MORE_IS_KEPT = frozenset({"retention.ms", "retention.bytes", "max.message.bytes"})
_UNLIMITED = -1
CHANGELOG = "changelog__"
"""Begin of the names that Quix Streams gives to the topics with its workers' state."""


@dataclass(frozen=True)
class TopicState:
    """A topic as the broker has it.

    ``settings`` are those in force, None where this user may not read them; ``own`` are the names of those that were
    set on the topic itself, the others are the broker's defaults.
    """

    name: str
    partitions: int
    replication: int
    settings: Mapping[str, str] | None
    own: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MorePartitions:
    """A topic gets more partitions."""

    name: str
    was: int
    wanted: int


@dataclass(frozen=True)
class NewSettings:
    """A topic's settings become ours; those that it did not have are not in ``was``."""

    name: str
    was: Mapping[str, str]
    wanted: Mapping[str, str]


@dataclass(frozen=True)
class Plan:
    """The steps in order, what is refused (one line with the remedy each) and what is left as it is on purpose."""

    create: tuple[TopicSpec, ...] = ()
    partitions: tuple[MorePartitions, ...] = ()
    settings: tuple[NewSettings, ...] = ()
    refused: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    @property
    def is_done(self) -> bool:
        """Whether there is nothing to do; what is refused stays so."""
        return not (self.create or self.partitions or self.settings)

    @property
    def names(self) -> list[str]:
        """The topics that are made or changed."""
        created, moved = [it.name for it in self.create], [it.name for it in self.partitions]
        return created + moved + [it.name for it in self.settings]

    def without(self, done: "Plan") -> "Plan":
        """Give the steps that are not among those of ``done``."""
        return replace(
            self,
            create=tuple(step for step in self.create if step not in done.create),
            partitions=tuple(step for step in self.partitions if step not in done.partitions),
            settings=tuple(step for step in self.settings if step not in done.settings),
        )

    def followed_by(self, later: "Plan") -> "Plan":
        """Give the steps of both."""
        return replace(
            self,
            create=self.create + later.create,
            partitions=self.partitions + later.partitions,
            settings=self.settings + later.settings,
        )


@dataclass(frozen=True)
class Allowed:
    """What must be asked for: more partitions change the order per camera once, shrinking deletes messages."""

    more_partitions: bool = False
    shrink: bool = False


@dataclass
class _Steps:
    partitions: list[MorePartitions] = field(default_factory=list)
    settings: list[NewSettings] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def plan_topics(
    specs: Sequence[TopicSpec],
    there: Mapping[str, TopicState],
    allowed: Allowed = Allowed(),
) -> Plan:
    """Give the steps from ``there`` to ``specs``; applied and asked again, nothing is left to do."""
    steps = _Steps()
    for spec in specs:
        state = there.get(spec.name)
        if state is not None:
            _partitions(spec, state, allowed, steps)
            _replication(spec, state, steps)
            _settings(spec, state, allowed, steps)
    for state, spec in changelogs(specs, there):
        source = there.get(spec.name)
        moves = allowed.more_partitions or source is None or source.partitions >= spec.partitions
        if state.partitions < spec.partitions and moves:
            steps.partitions.append(MorePartitions(state.name, state.partitions, spec.partitions))
    return Plan(
        create=tuple(spec for spec in specs if spec.name not in there),
        partitions=tuple(steps.partitions),
        settings=tuple(steps.settings),
        refused=tuple(steps.refused),
        kept=tuple(steps.kept),
    )


def changelogs(specs: Sequence[TopicSpec], there: Mapping[str, TopicState]) -> Iterator[tuple[TopicState, TopicSpec]]:
    """Give the changelog topics that the broker has, each with the topic whose events made the state."""
    for name in sorted(there):
        for spec in specs:
            # changelog__GROUP--TOPIC--STORE; a worker refuses to start if its partitions are not those of the topic.
            if name.startswith(CHANGELOG) and f"--{spec.name}--" in name:
                yield there[name], spec


def partitions_complaint(spec: TopicSpec, state: TopicState) -> str:
    """Say how a topic's partitions differ from the config's, with the remedies; empty if they do not."""
    differ = f"topic {spec.name} has {state.partitions} partitions, the config wants {spec.partitions}"
    if state.partitions > spec.partitions:
        return (
            f"{differ}: Kafka cannot take any away; set kafka.partitions: {state.partitions}, or delete the topic and "
            "apply again"
        )
    if state.partitions < spec.partitions:
        return (
            f"{differ}: cameras would move to other partitions, once out of order and with new tracks; set "
            f"kafka.partitions: {state.partitions}, or stop the services and run 'posestream topics apply "
            "--more-partitions'"
        )
    return ""


def _partitions(spec: TopicSpec, state: TopicState, allowed: Allowed, steps: _Steps) -> None:
    if state.partitions < spec.partitions and allowed.more_partitions:
        steps.partitions.append(MorePartitions(spec.name, state.partitions, spec.partitions))
    elif complaint := partitions_complaint(spec, state):
        steps.refused.append(complaint)


def _replication(spec: TopicSpec, state: TopicState, steps: _Steps) -> None:
    if state.replication < spec.replication:
        steps.refused.append(
            f"topic {spec.name} has {state.replication} copies, the config wants {spec.replication}: that is moved "
            "with kafka-reassign-partitions.sh"
        )


def _settings(spec: TopicSpec, state: TopicState, allowed: Allowed, steps: _Steps) -> None:
    if state.settings is None:
        steps.refused.append(f"topic {spec.name}: its settings may not be read; this user needs DescribeConfigs on it")
        return
    wanted = {}
    for name, value in spec.settings.items():
        had = state.settings.get(name)
        if had == value:
            continue
        if had is not None and name in state.own and not allowed.shrink and _is_more(name, had, value):
            steps.kept.append(
                f"topic {spec.name} keeps {name} {had}, which somebody has set to more than our {value}; "
                "'posestream topics apply --shrink' would set ours"
            )
        else:
            wanted[name] = value
    if wanted:
        was = {name: state.settings[name] for name in wanted if name in state.settings}
        steps.settings.append(NewSettings(spec.name, was, wanted))


def _is_more(name: str, had: str, ours: str) -> bool:
    if name not in _MORE_IS_KEPT:
        return False
    there, wanted = int(had), int(ours)
    return wanted != _UNLIMITED and (there == _UNLIMITED or there > wanted)
