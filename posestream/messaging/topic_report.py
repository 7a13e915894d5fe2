"""Topics as a person or a program reads of them: what was done, what there is, what differs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from posestream.messaging.topic_figures import TopicFigures
from posestream.messaging.topic_plan import Plan, TopicState, changelogs
from posestream.messaging.topics import DAY_MS, HOUR_MS, MINUTE_MS, TopicSpec

APPLY = "run 'posestream topics apply'"
HEAD = ("topic", "partitions", "copies", "keeps", "largest", "cleanup", "messages", "behind")
_UNKNOWN = "?"


@dataclass(frozen=True)
class TopicRow:
    """One topic: as it is, or as it should be and is not there (``state`` None)."""

    name: str
    state: TopicState | None
    figures: TopicFigures

    def texts(self) -> tuple[str, ...]:
        """Give the columns of HEAD."""
        if self.state is None:
            return (self.name, "missing", *[""] * (len(HEAD) - 2))
        messages = _UNKNOWN if self.figures.messages is None else str(self.figures.messages)
        behind = ", ".join(f"{group.rpartition('.')[2]} {lag}" for group, lag in sorted(self.figures.lags.items()))
        counts = (str(self.state.partitions), str(self.state.replication))
        return (self.name, *counts, *_setting_texts(self.state.settings), messages, behind)

    def content(self) -> dict[str, Any]:
        """Give the object of the JSON form."""
        return {
            "name": self.name,
            "exists": self.state is not None,
            "partitions": self.state and self.state.partitions,
            "replication": self.state and self.state.replication,
            "settings": self.state and self.state.settings and {name: self.state.settings[name] for name in _SHOWN},
            "messages": self.figures.messages,
            "lags": dict(self.figures.lags),
        }


_SHOWN = ("cleanup.policy", "retention.ms", "retention.bytes", "segment.ms", "segment.bytes", "max.message.bytes")


def topic_rows(
    specs: Sequence[TopicSpec], there: Mapping[str, TopicState], figures: Mapping[str, TopicFigures]
) -> list[TopicRow]:
    """Give a row for each topic of ours in the order of the flow, then one for each changelog."""
    names = [spec.name for spec in specs] + [state.name for state, _ in changelogs(specs, there)]
    return [TopicRow(name, there.get(name), figures.get(name, TopicFigures())) for name in names]


def done_lines(plan: Plan) -> list[str]:
    """Say what was done, one line a step."""
    return [
        *(f"made topic {it.name}: {it.partitions} partitions, {it.replication} copies" for it in plan.create),
        *(f"topic {it.name}: partitions {it.was} -> {it.wanted}" for it in plan.partitions),
        *(
            f"topic {it.name}: {name} {it.was.get(name, 'unset')} -> {value}"
            for it in plan.settings
            for name, value in it.wanted.items()
        ),
    ]


def difference_lines(plan: Plan) -> list[str]:
    """Say what is not as it should be, one line each, with the remedy."""
    return [
        *(f"topic {it.name} is missing: {APPLY}" for it in plan.create),
        *(f"topic {it.name} has {it.was} partitions, wanted {it.wanted}: {APPLY}" for it in plan.partitions),
        *(
            f"topic {it.name}: {name} is {it.was.get(name, 'unset')}, wanted {value}: {APPLY}"
            for it in plan.settings
            for name, value in it.wanted.items()
        ),
        *plan.refused,
    ]


def plan_content(plan: Plan) -> dict[str, Any]:
    """Give the object of the JSON form of what was done."""
    return {
        "created": [it.name for it in plan.create],
        "partitions": [{"topic": it.name, "was": it.was, "is": it.wanted} for it in plan.partitions],
        "settings": [{"topic": it.name, "was": dict(it.was), "is": dict(it.wanted)} for it in plan.settings],
        "refused": list(plan.refused),
        "kept": list(plan.kept),
    }


def _setting_texts(settings: Mapping[str, str] | None) -> tuple[str, str, str]:
    if settings is None:
        return (_UNKNOWN, _UNKNOWN, _UNKNOWN)
    cleanup = settings["cleanup.policy"]
    keeps = _duration(int(settings["retention.ms"])) if "delete" in cleanup else "last of each key"
    return keeps, f"{int(settings['max.message.bytes']) / 1024:.0f} KiB", cleanup


def _duration(milliseconds: int) -> str:
    """Give the largest unit that leaves a whole number."""
    if milliseconds < 0:
        return "for ever"
    for unit, length in (("d", DAY_MS), ("h", HOUR_MS), ("m", MINUTE_MS), ("s", 1000)):
        if milliseconds >= length and milliseconds % length == 0:
            return f"{milliseconds // length}{unit}"
    return f"{milliseconds}ms"
