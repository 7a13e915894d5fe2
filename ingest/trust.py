"""Whom to trust over TLS: the certificate authorities of this machine."""

import os
import ssl
from pathlib import Path

# Where Debian, Red Hat, Alpine and SUSE keep the bundle; FFmpeg's TLS of the wheel knows no place of its own.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
)


def authorities() -> str | None:
    """Give the file of trusted certificates (PEM), None where there is none.

    The environment's SSL_CERT_FILE comes first, as for most programs: a site's own authority is named there.
    """
    found = [os.environ.get("SSL_CERT_FILE"), ssl.get_default_verify_paths().cafile, *_BUNDLES]
    return next((path for path in found if path and Path(path).is_file()), None)


def tls_context(*, verify: bool) -> ssl.SSLContext:
    """Give what Python's own connections are made with; without ``verify`` any certificate of any name is taken."""
    context = ssl.create_default_context(cafile=authorities())
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
