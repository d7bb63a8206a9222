"""Who we are to an OPC UA server, and how we know it is the one: certificates from files, the server's own pinned."""

from dataclasses import dataclass
from pathlib import Path

from asyncua import ua
from asyncua.client.client import Client
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from cryptography import x509

from contracts.errors import BadConfig
from edge_agent.sources.secret import read_secret
from edge_agent.sources.settings import OpcUaSettings

MODES = {"sign": ua.MessageSecurityMode.Sign, "sign_and_encrypt": ua.MessageSecurityMode.SignAndEncrypt}


@dataclass(frozen=True, slots=True)
class Identity:
    """`application_uri` as it stands in our certificate: servers compare the two. Empty where there is no certificate."""

    application_uri: str = ""
    password: str = ""


def identity_of(settings: OpcUaSettings) -> Identity | None:
    """From the files the settings name, or BadConfig; None where none are named."""
    password = read_secret(settings.password_file) if settings.username else ""
    if settings.policy == "none":
        return Identity(password=password) if password else None
    _certificate("server_cert_file", settings.server_cert_file)
    if not Path(settings.key_file).is_file():
        raise BadConfig("key_file", settings.key_file, "the private key of cert_file, PEM or DER")
    ours = _certificate("cert_file", settings.cert_file)
    try:
        names = ours.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        uris = names.get_values_for_type(x509.UniformResourceIdentifier)
    except x509.ExtensionNotFound:
        uris = []
    if not uris:
        raise BadConfig("cert_file", settings.cert_file, "a certificate with an application URI (subjectAltName URI:urn:...)")
    return Identity(uris[0], password)


def _certificate(key: str, path: str) -> x509.Certificate:
    try:
        data = Path(path).read_bytes()
        return x509.load_pem_x509_certificate(data) if b"-----BEGIN" in data else x509.load_der_x509_certificate(data)
    except (OSError, ValueError) as error:
        raise BadConfig(key, path, f"a certificate, PEM or DER ({error})") from error


async def secured(client: Client, settings: OpcUaSettings, identity: Identity | None) -> None:
    """Policy, certificates and user of a client that is not connected yet."""
    if settings.policy != "none" and identity is not None:
        client.application_uri = identity.application_uri
        await client.set_security(
            SecurityPolicyBasic256Sha256,
            settings.cert_file,
            settings.key_file,
            server_certificate=settings.server_cert_file,
            mode=MODES[settings.security],
        )
    if settings.username and identity is not None:
        client.set_user(settings.username)
        client.set_password(identity.password)
