import pytest

from ingest.diagnosis.rtsp_login import Challenge, Login, authorization, chosen_challenge, login_of


def test_the_login_of_an_address() -> None:
    assert login_of("rtsp://cam/1") is None
    assert login_of("rtsp://admin:p%40ss%3A%E9@cam/1") == Login(b"admin", b"p@ss:\xe9")
    assert login_of("rtsp://admin@cam/1") == Login(b"admin", b"")
    assert "CANARY" not in repr(login_of("rtsp://admin:CANARY@cam/1"))


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ([], None),
        (["Bearer x"], None),
        (['Digest realm="r", nonce="n", algorithm=SHA-256'], None),
        (['Basic realm="r"'], Challenge("Basic", "r")),
        (['Basic realm="r"', 'digest realm="q", nonce="n"'], Challenge("Digest", "q", "n")),
        (
            ['Digest realm="a \\"b\\", c",nonce="n",qop="auth,auth-int",opaque="o",algorithm=MD5'],
            Challenge("Digest", 'a "b", c', "n", "o", with_qop=True),
        ),
    ],
)
def test_the_best_challenge_that_can_be_met(headers: list[str], wanted: Challenge | None) -> None:
    assert chosen_challenge(headers) == wanted


def test_basic() -> None:
    value = authorization(Challenge("Basic", "r"), Login(b"Aladdin", b"open sesame"), "DESCRIBE", "rtsp://cam/")
    assert value == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="  # RFC 7617, section 2


def test_digest_with_qop() -> None:
    challenge = Challenge(
        "Digest",
        "testrealm@host.com",
        "dcd98b7102dd2f0e8b11d0f600bfb0c093",
        "5ccc069c403ebaf9f0171e9517f40e41",
        with_qop=True,
    )  # RFC 2617, section 3.5
    login = Login(b"Mufasa", b"Circle Of Life")
    value = authorization(challenge, login, "GET", "/dir/index.html", cnonce="0a4f113b")
    assert 'response="6629fae49393a05397450978507c4ef1"' in value
    assert 'opaque="5ccc069c403ebaf9f0171e9517f40e41"' in value
    assert value.endswith('qop=auth, nc=00000001, cnonce="0a4f113b"')


def test_digest_without_qop() -> None:
    value = authorization(Challenge("Digest", 'a "b"', "n"), Login(b'q"u', b"p"), "DESCRIBE", "rtsp://cam/")
    assert value.startswith('Digest username="q\\"u", realm="a \\"b\\"", nonce="n", uri="rtsp://cam/", response="')
    assert "qop" not in value
