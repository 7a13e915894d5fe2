import pytest

from ingest.discovery.xml import hostile_xml


def test_a_document_is_read() -> None:
    assert hostile_xml(b'<?xml version="1.0" encoding="UTF-8"?><a><b>x</b></a>').findtext("b") == "x"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<a>",
        b"\xff\xfe",
        b"<!DOCTYPE a><a/>",
        b'<!DOCTYPE a SYSTEM "http://127.0.0.1:1/x.dtd"><a/>',
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        b'<!DOCTYPE a [<!ENTITY x "yyyyyyyyyy"><!ENTITY z "&x;&x;&x;&x;&x;&x;&x;&x;">]><a>&z;&z;&z;&z;</a>',
        "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".encode("utf-16"),
        b"<a>" * 10_000 + b"</a>" * 10_000,
        b"<a>&undefined;</a>",
    ],
)
def test_what_is_broken_or_declares_a_type_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"no XML|document type"):
        hostile_xml(content)
