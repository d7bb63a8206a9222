"""Certificates and revocation lists as values (X.509, RFC 5280): no file, no clock, no dice.

Keys are ECDSA on P-256: what OpenSSL, mbed TLS and the MQTT clients of other vendors all speak.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from console.certs.names import BROKER, is_address
from contracts.clock import HOUR, SECOND

ALWAYS = 0
"""CA and broker certificates are valid from 1970 on: a gateway without battery clock starts there, and must still get through."""
BEFORE = HOUR
"""Client certificates begin so long before they are issued, for a broker whose clock is behind."""


@dataclass(frozen=True, slots=True)
class Authority:
    """The CA's certificate with its key."""

    certificate: x509.Certificate
    key: EllipticCurvePrivateKey


@dataclass(frozen=True, slots=True)
class Span:
    """Validity, µs UTC; X.509 counts in whole seconds."""

    start: int
    end: int


def new_key() -> EllipticCurvePrivateKey:
    """A fresh private key (the one thing here that differs from call to call)."""
    return generate_private_key(SECP256R1())


def make_authority(key: EllipticCurvePrivateKey, name: str, serial: int, end: int) -> Authority:
    """A self-signed CA that signs certificates and revocation lists, and no other CA."""
    subject = _name(name)
    builder = _builder(subject, subject, key.public_key(), key.public_key(), serial, Span(ALWAYS, end))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(authority=True), critical=True)
    return Authority(builder.sign(key, SHA256()), key)


def sign_broker(authority: Authority, key: EllipticCurvePublicKey, hosts: Sequence[str], serial: int, end: int) -> x509.Certificate:
    """The broker's certificate: a server under these names and addresses, never a client."""
    named = [x509.IPAddress(ip_address(host)) if is_address(host) else x509.DNSName(host) for host in hosts]
    builder = _leaf(authority, key, BROKER, serial, Span(ALWAYS, end), ExtendedKeyUsageOID.SERVER_AUTH)
    return builder.add_extension(x509.SubjectAlternativeName(named), critical=False).sign(authority.key, SHA256())


def sign_client(authority: Authority, key: EllipticCurvePublicKey, name: str, serial: int, span: Span) -> x509.Certificate:
    """A client's certificate, common name exactly `name`; never a server."""
    return _leaf(authority, key, name, serial, span, ExtendedKeyUsageOID.CLIENT_AUTH).sign(authority.key, SHA256())


def sign_revoked(authority: Authority, revoked: dict[int, int], number: int, now: int) -> x509.CertificateRevocationList:
    """The list of revoked serials with their times (µs).

    It runs as long as the CA: a list that ends sooner would lock every gateway out on the day somebody forgets to renew it.
    """
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    builder = builder.last_update(_time(now)).next_update(authority.certificate.not_valid_after_utc)
    builder = builder.add_extension(x509.CRLNumber(number), critical=False)
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
    for serial, at in sorted(revoked.items()):
        builder = builder.add_revoked_certificate(x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(_time(at)).build())
    return builder.sign(authority.key, SHA256())


def name_of(certificate: x509.Certificate) -> str:
    """Its common name."""
    return str(certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value)


def hosts_of(certificate: x509.Certificate) -> list[str]:
    """Names and addresses of a broker's certificate."""
    return [str(name.value) for name in certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value]


def end_of(certificate: x509.Certificate) -> int:
    """When it expires, µs UTC."""
    return round(certificate.not_valid_after_utc.timestamp()) * SECOND


def number_of(listed: x509.CertificateRevocationList) -> int:
    """How many lists this one and those before it are."""
    return listed.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def revoked_in(listed: x509.CertificateRevocationList) -> dict[int, int]:
    """Serial to time (µs) of each revocation."""
    return {entry.serial_number: round(entry.revocation_date_utc.timestamp()) * SECOND for entry in listed}


def _time(micros: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=micros // SECOND)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _leaf(
    authority: Authority, key: EllipticCurvePublicKey, name: str, serial: int, span: Span, purpose: x509.ObjectIdentifier
) -> x509.CertificateBuilder:
    builder = _builder(_name(name), authority.certificate.subject, key, authority.key.public_key(), serial, span)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_usage(authority=False), critical=True)
    return builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePublicKey, issuer_key: EllipticCurvePublicKey, serial: int, span: Span
) -> x509.CertificateBuilder:
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key).serial_number(serial)
    builder = builder.not_valid_before(_time(span.start)).not_valid_after(_time(span.end))
    builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)


def _usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
