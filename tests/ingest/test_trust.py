import ssl
from pathlib import Path

import pytest

from ingest.trust import authorities, tls_context


def test_the_named_file_comes_first(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert authorities() == str(certificate)


def test_a_named_file_that_is_not_there_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "no.pem"))
    assert authorities() != str(tmp_path / "no.pem")


def test_contexts() -> None:
    strict, lax = tls_context(verify=True), tls_context(verify=False)
    assert (strict.verify_mode, strict.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert (lax.verify_mode, lax.check_hostname) == (ssl.CERT_NONE, False)
