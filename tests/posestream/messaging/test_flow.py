from posestream.cli.services import SERVICES as COMMANDS
from posestream.config import KafkaConfig
from posestream.messaging.flow import SERVICES
from posestream.messaging.topics import CONTROL, DEAD_LETTERS, HEALTH, topic_specs

STREAMS = {spec.stream for spec in topic_specs(KafkaConfig())}


def test_every_service_is_a_command_and_the_other_way_round() -> None:
    assert set(SERVICES) == set(COMMANDS)


def test_every_topic_is_written_by_a_service_or_by_people() -> None:
    written = {stream for flow in SERVICES.values() for stream in flow.writes}
    assert STREAMS - written == {CONTROL}
    assert written <= STREAMS


def test_every_topic_is_read_by_a_service_but_dead_letters() -> None:
    read = {stream for flow in SERVICES.values() for stream in flow.reads}
    assert STREAMS - read == {DEAD_LETTERS}


def test_every_service_gives_signs_of_life_and_readers_bury_what_they_cannot_read() -> None:
    assert all(HEALTH in flow.writes for flow in SERVICES.values())
    assert {name for name, flow in SERVICES.items() if DEAD_LETTERS not in flow.writes} == {"ingest"}
