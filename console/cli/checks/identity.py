"""The certificate that names us at the broker: is it ours, of that CA, valid by now, and does the key belong to it?"""

from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, wrong
from contracts.clock import SECOND, iso
from contracts.config import BrokerAddress
from edge_agent.config import EdgeSettings
from ingest.config import IngestSettings


@dataclass(frozen=True, slots=True)
class Named:
    """A certificate of ours. `key_fits`, `of_ca`: None where the other file cannot be read (`certificates` says so). Times µs UTC."""

    name: str
    begins: int
    key_fits: bool | None
    of_ca: bool | None


ISSUE = "davy certs issue CA {}"


def judge_identity(found: Named, wanted: str, now: int) -> Verdict:
    """`wanted`: the name this process has to have."""
    issue = ISSUE.format(wanted)
    if now < found.begins:
        since = iso(found.begins)[:19]
        return wrong(
            f"{since}Z 起才有效, 本机时钟为 {iso(now)[:19]}Z",
            f"valid from {since}Z on, and this machine's clock says {iso(now)[:19]}Z",
            "校准本机时钟 (NTP); 时钟正确则再签发",
            "set this machine's clock (NTP); where it is right, issue the certificate anew",
        )
    if found.name != wanted:
        return wrong(
            f"证书名称为 {found.name}, 本进程是 {wanted}: 代理不许它写自己的主题",
            f"the certificate names {found.name}, and this process is {wanted}: the broker lets it write no topic of its own",
            f"签发并写入自己的证书: {issue}",
            f"issue and use one of its own: {issue}",
        )
    if found.key_fits is False:
        return wrong(
            "key_file 不是这张证书的私钥",
            "key_file is not the key of this certificate",
            "三个文件取自同一目录 clients/.../SERIAL",
            "take the three files from one folder clients/.../SERIAL",
        )
    if found.of_ca is False:
        return wrong(
            "证书不是 ca_file 中的 CA 签发的",
            "the certificate is not of the CA in ca_file",
            f"由该 CA 签发: {issue}",
            f"let that CA issue one: {issue}",
        )
    return ok(f"名称 {found.name}", f"names {found.name}")


def probe_identity(site: Site) -> list[Finding]:
    out = []
    processes: list[IngestSettings | EdgeSettings] = [*site.centres, *site.edges]
    for settings in processes:
        wanted = settings.name if isinstance(settings, IngestSettings) else str(settings.name)
        found = _read(settings.broker) if settings.broker.cert_file else None
        if found is not None:
            out.append(Finding(f"broker.cert_file {settings.broker.cert_file}", judge_identity(found, wanted, site.now)))
    return out


def _read(address: BrokerAddress) -> Named | None:
    try:
        ours = x509.load_pem_x509_certificate(Path(address.cert_file).read_bytes())
    except (OSError, ValueError):
        return None
    names = ours.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    begins = int(ours.not_valid_before_utc.timestamp()) * SECOND
    return Named(str(names[0].value) if names else "", begins, _fits(ours, address.key_file), _of(ours, address.ca_file))


def _fits(ours: x509.Certificate, path: str) -> bool | None:
    try:
        key = load_pem_private_key(Path(path).read_bytes(), None)
    except (OSError, ValueError, TypeError):
        return None
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(*form) == ours.public_key().public_bytes(*form)


def _of(ours: x509.Certificate, path: str) -> bool | None:
    try:
        authorities = x509.load_pem_x509_certificates(Path(path).read_bytes())
    except (OSError, ValueError):
        return None
    return any(_signed(ours, one) for one in authorities)


def _signed(ours: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        ours.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
