"""Writing and reading the files of a CA's folder."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from contracts.errors import BadConfig
from store.durable import make_durable

SECRET, OPEN = 0o600, 0o644


def write_new(path: Path, data: bytes, mode: int) -> None:
    """Write a file that is not there yet, durably; BadConfig where it is, or cannot be."""
    with _refused(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, data, mode)
        make_durable(path.parent)


def replace(path: Path, data: bytes, mode: int) -> None:
    """Put a file in the place of another in one step: a broker that reads meanwhile sees the old or the new one."""
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with _refused(path):
        _write(beside, data, mode)
        beside.replace(path)
        make_durable(path.parent)


def certificate_in(path: Path) -> x509.Certificate:
    """The certificate in a PEM file."""
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadConfig("certificate", str(path), f"a certificate (PEM) ({error})") from error


def revoked_list_in(path: Path) -> x509.CertificateRevocationList:
    """The revocation list in a PEM file."""
    try:
        return x509.load_pem_x509_crl(path.read_bytes())
    except (OSError, ValueError) as error:
        raise BadConfig("revocation list", str(path), f"a revocation list (PEM) ({error})") from error


def key_in(path: Path) -> EllipticCurvePrivateKey:
    """The private key in a PEM file without password."""
    try:
        key = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise BadConfig("key", str(path), f"a private key (PEM, no password) ({error})") from error
    if not isinstance(key, EllipticCurvePrivateKey):
        raise BadConfig("key", str(path), "an EC private key")
    return key


def pem(thing: x509.Certificate | x509.CertificateRevocationList) -> bytes:
    """As PEM."""
    return thing.public_bytes(Encoding.PEM)


def key_pem(key: EllipticCurvePrivateKey) -> bytes:
    """As PEM (PKCS 8), not encrypted."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@contextmanager
def _refused(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BadConfig("file", str(path), f"a place where a new file can be written ({error})") from error


def _write(path: Path, data: bytes, mode: int) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, mode)
        file.write(data)
        file.flush()
        os.fsync(handle)
