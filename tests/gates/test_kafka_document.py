"""What docs/kafka.md says is so: its tables are those of the code, its config is good."""

import re
from pathlib import Path

import pytest

from posestream.config import KafkaConfig, parse_config
from posestream.messaging.flow import SERVICES
from posestream.messaging.topic_figures import TopicFigures
from posestream.messaging.topic_plan import TopicState
from posestream.messaging.topic_report import TopicRow
from posestream.messaging.topics import topic_specs


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "docs" / "kafka.md").read_text(encoding="utf-8")


def test_topics_are_kept_as_it_says(text: str) -> None:
    rows = {cells[0]: cells[-2:] for cells in table_rows(text) if cells[0].startswith("posestream.")}
    for spec in topic_specs(KafkaConfig()):
        shown = TopicRow(spec.name, TopicState(spec.name, 6, 1, spec.settings), TopicFigures()).texts()
        assert rows.pop(spec.name) == [shown[3], shown[4]]
    assert rows == {}


def test_services_read_and_write_what_it_says(text: str) -> None:
    rows = {cells[0]: cells[1:] for cells in table_rows(text) if cells[0].startswith("`posestream ")}
    for name, flow in SERVICES.items():
        reads, writes = rows.pop(f"`posestream {name}`")
        assert reads == (", ".join(flow.reads) or "cameras")
        assert writes.split(";")[0] == ", ".join(flow.writes)
    assert rows == {}


def test_its_configs_are_good(text: str) -> None:
    blocks = re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    environment = dict.fromkeys(("KAFKA_USER", "KAFKA_PASSWORD", "KAFKA_KEY_PASSWORD"), "x")
    configs = [parse_config(block, "docs/kafka.md", environment) for block in blocks]
    assert [config.kafka.librdkafka().get("security.protocol") for config in configs] == [None, "SASL_SSL", "SSL"]
    assert [rule.kind for config in configs for rule in config.rules] == ["camera"]


def table_rows(text: str) -> list[list[str]]:
    """Give the cells of all rows of all tables."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
