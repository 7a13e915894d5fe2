import re
from types import ModuleType
from typing import Any

import pytest

from ingest.discovery.facts import Answer
from ingest.discovery.probe import probe_messages, read_answer
from ingest.discovery.xml import hostile_xml

Device = Any  # of tests/servers/onvif_device.py, which is loaded by its path: no static type

ID, HOST, URL = "urn:uuid:0", "10.0.0.7", "http://10.0.0.7/onvif/device_service"


def test_both_kinds_of_devices_are_called() -> None:
    messages = probe_messages()
    assert len(messages) == 2
    for message_id, content in messages.items():
        root = hostile_xml(content)
        assert root.findtext(".//{http://schemas.xmlsoap.org/ws/2004/08/addressing}MessageID") == message_id
    kinds = [re.search(rb'xmlns:k="([^"]+)".*<d:Types>k:(\w+)<', content) for content in messages.values()]
    assert [kind and kind.groups() for kind in kinds] == [
        (b"http://www.onvif.org/ver10/network/wsdl", b"NetworkVideoTransmitter"),
        (b"http://www.onvif.org/ver10/device/wsdl", b"Device"),
    ]
    assert messages.keys().isdisjoint(probe_messages())


def test_an_answer_is_read(onvif: ModuleType) -> None:
    assert read_answer(onvif.probe_match(ID, URL, "Front%20door"), HOST, {ID}) == Answer(HOST, URL, "Front door")


def test_hardware_stands_in_for_a_name(onvif: ModuleType) -> None:
    answer = read_answer(onvif.probe_match(ID, URL, ""), HOST, {ID})
    assert answer == Answer(HOST, URL, "X")


def test_a_name_steers_no_terminal_and_shows_no_login(onvif: ModuleType) -> None:
    answer = read_answer(onvif.probe_match(ID, URL, "%1B%5B2J%20rtsp://a:CANARY@h%0Ax"), HOST, {ID})
    assert answer == Answer(HOST, URL, "[2J rtsp://***@h x")


def test_only_the_sender_s_own_address_counts(onvif: ModuleType) -> None:
    datagram = onvif.probe_match(ID, f"http://127.0.0.1:9200/_all ftp://{HOST}/ {URL}")
    assert read_answer(datagram, HOST, {ID}) == Answer(HOST, URL, "Lobby")
    assert read_answer(datagram, "10.0.0.9", {ID}) == Answer("10.0.0.9", None, "Lobby")


@pytest.mark.parametrize("related", ["urn:uuid:1", "", "x" * 5000])
def test_answers_that_we_did_not_ask_for_are_passed_over(onvif: ModuleType, related: str) -> None:
    assert read_answer(onvif.probe_match(related, URL), HOST, {ID}) is None


def test_printers_are_passed_over(onvif: ModuleType) -> None:
    printer = onvif.probe_match(ID, URL).replace(b"onvif://", b"ldap://").replace(b"NetworkVideo", b"Print")
    assert read_answer(printer, HOST, {ID}) is None


def test_garbage_and_traps_are_passed_over(onvif: ModuleType) -> None:
    declared = '<!DOCTYPE x [<!ENTITY a "b">]>'
    whole = onvif.probe_match(ID, URL)
    for datagram in (b"", b"\0" * 1000, whole[:-10], onvif.probe_match(ID, URL, declared=declared), b"<a/>"):
        assert read_answer(datagram, HOST, {ID}) is None
