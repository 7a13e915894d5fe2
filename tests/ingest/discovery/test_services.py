import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ingest.discovery.facts import DeviceFacts, Failure
from ingest.discovery.services import _OwnFiles
from posestream.errors import AccessRefused, InputError

Device = Any  # of tests/servers/onvif_device.py, which is loaded by its path: no static type

Ask = Callable[..., DeviceFacts | Failure]
FAULT_WITHOUT_CODE = (
    b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault><s:Code><s:Subcode/></s:Code>'
    b"</s:Fault></s:Body></s:Envelope>"
)


def started(onvif: ModuleType, answer: object) -> Device:
    return onvif.started(answers_calls=False, answers={"GetProfiles": answer})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no XML",
        b"<a/>",
        b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>",
        b"<!DOCTYPE a [<!ENTITY b 'cccc'><!ENTITY d '&b;&b;&b;&b;'>]><a>&d;&d;&d;</a>",
        b"<a>" * 20_000,
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>',
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><s:Fault/></s:Body></s:Envelope>',
        FAULT_WITHOUT_CODE,
    ],
)
def test_odd_answers_are_one_line(
    onvif: ModuleType, ask: Ask, content: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    device = started(onvif, lambda request: onvif.reply(request, content))
    failure = ask(device)
    assert isinstance(failure, Failure)
    assert type(failure.problem) is InputError
    assert "\n" not in str(failure.problem)
    assert "root:" not in str(failure.problem)
    assert [record for record in caplog.records if record.name.startswith("zeep")] == []
    assert capfd.readouterr() == ("", "")


def test_entities_in_a_whole_answer_are_refused(onvif: ModuleType, ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("CANARY")
    declared = f'<!DOCTYPE x [<!ENTITY e SYSTEM "file://{tmp_path}/file">]>'.encode()
    body = (
        "<tds:GetDeviceInformationResponse><tds:Manufacturer>&e;</tds:Manufacturer></tds:GetDeviceInformationResponse>"
    )
    content = onvif.envelope(body).replace(b"?>", b"?>" + declared, 1)
    answers = {"GetDeviceInformation": lambda request: onvif.reply(request, content)}
    asked = ask(onvif.started(answers_calls=False, answers=answers))
    assert isinstance(asked, Failure)
    assert "DTDForbidden" in str(asked.problem)
    assert "CANARY" not in repr(asked)


def test_what_the_schema_demands_may_be_missing(onvif: ModuleType, ask: Ask) -> None:
    said = (
        '<trt:GetProfilesResponse><trt:Profiles token="main"><tt:Name>x</tt:Name><tt:VideoEncoderConfiguration>'
        "<tt:Encoding>H265</tt:Encoding><tt:Resolution><tt:Width>640</tt:Width><tt:Height>x</tt:Height></tt:Resolution>"
        "</tt:VideoEncoderConfiguration></trt:Profiles><trt:Profiles/></trt:GetProfilesResponse>"
    )
    asked = ask(started(onvif, said))
    assert isinstance(asked, DeviceFacts)
    ((codec, size),) = [(profile.codec, profile.width) for profile in asked.profiles]
    assert (codec, size) == ("H265", 0)


def test_thousands_of_elements_take_no_minute(onvif: ModuleType, ask: Ask) -> None:
    asked = ask(
        started(onvif, f"<trt:GetProfilesResponse>{'<trt:Profiles/>' * 15_000}</trt:GetProfilesResponse>"), seconds=60
    )
    assert isinstance(asked, DeviceFacts)
    asked = ask(started(onvif, f"<trt:GetProfilesResponse>{'<x/>' * 60_000}</trt:GetProfilesResponse>"), seconds=60)
    assert isinstance(asked, DeviceFacts | Failure)


@pytest.mark.parametrize("code", ["ter:NotAuthorized", "wsse:FailedAuthentication"])
def test_a_fault_may_be_a_refusal(onvif: ModuleType, ask: Ask, code: str) -> None:
    fault = onvif.NOT_AUTHORIZED.replace("<s:Fault>", '<s:Fault xmlns:wsse="urn:x">').replace("ter:NotAuthorized", code)
    failure = ask(started(onvif, fault))
    assert isinstance(failure, Failure)
    assert type(failure.problem) is AccessRefused


def test_descriptions_come_from_their_folder_alone(tmp_path: Path) -> None:
    (tmp_path / "a.xsd").write_bytes(b"<a/>")
    files = _OwnFiles(tmp_path)
    assert files.load(str(tmp_path / "a.xsd")) == b"<a/>"
    for url in ("http://www.w3.org/2005/05/xmlmime", str(tmp_path.parent), "/etc/passwd", f"{tmp_path}/../x"):
        with pytest.raises(InputError, match="wants what is not in its folder"):
            files.load(url)


def test_the_logs_of_the_process_stay_as_they_are() -> None:
    code = "import logging, ingest.discovery.services as s; s._description('media'); print(logging.root.handlers)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert done.stdout == "[]\n"
    assert logging.getLogger("zeep").level > logging.CRITICAL
