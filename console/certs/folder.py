"""The CA's folder: what is issued is recorded first and handed out second; what was handed out is never overwritten.

ca.key                      signs; never leaves this folder
issued/SERIAL.pem           every certificate ever signed: the record
broker/                     what the broker's machine gets
clients/NAME/SERIAL/        what a client's machine gets: ca.pem, cert.pem, key.pem
"""

import fcntl
import os
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePath

from cryptography import x509

from console.certs import authority as ca
from console.certs import files
from console.certs.authority import Authority, Span
from console.certs.names import BROKER, check_client, check_host
from console.certs.standing import Standing, standing
from contracts.clock import DAY, END_OF_TIME, iso
from contracts.errors import BadConfig, GiveUp
from ingest.broker import production
from ingest.broker.child import Listener
from ingest.broker.production import INGEST

CA_KEY, ISSUED, BROKER_FOLDER, CLIENTS = "ca.key", "issued", "broker", "clients"
CERT, KEY = "cert.pem", "key.pem"
CA_NAME = "Davylamp CA"
DAYS, CA_DAYS = 365, 3650
"""How long a certificate and the CA are valid where nothing is said."""


class NotRevoked(GiveUp):
    """There is nothing to revoke under that name."""


def init(
    folder: Path,
    hosts: Sequence[str],
    listener: Listener,
    now: int,
    at: PurePath | None = None,
    days: int = DAYS,
    ca_days: int = CA_DAYS,
) -> "CaFolder":
    """A new CA with the broker's files and a certificate for ingest. BadConfig where something is there already.

    `hosts`: DNS names and addresses under which clients reach the broker. `at`: where `broker/` will stand on its machine (None: here).
    """
    if not hosts:
        raise BadConfig("--name", "", "at least one DNS name or IP address under which gateways reach the broker")
    named = list(dict.fromkeys(check_host(host) for host in hosts))
    end, ca_end = until("--days", days, now), until("--ca-days", ca_days, now)
    if end > ca_end:
        raise BadConfig("--days", days, f"at most --ca-days, {ca_days}")
    config = production.configuration(listener, at or (folder / BROKER_FOLDER).resolve())
    made = ca.make_authority(ca.new_key(), f"{CA_NAME} {secrets.token_hex(4)}", new_serial(), ca_end)
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if any(folder.iterdir()):
            raise BadConfig("FOLDER", str(folder), "a new or empty folder: a CA is never overwritten")
    except OSError as error:
        raise BadConfig("FOLDER", str(folder), f"a folder that can be made and written ({error})") from error
    files.write_new(folder / CA_KEY, files.key_pem(made.key), files.SECRET)
    broker = folder / BROKER_FOLDER
    files.write_new(broker / production.CA, files.pem(made.certificate), files.OPEN)
    files.write_new(broker / production.REVOKED, files.pem(ca.sign_revoked(made, {}, 1, now)), files.OPEN)
    files.write_new(broker / production.ACCESS, production.access().encode(), files.OPEN)
    files.write_new(broker / production.CONFIGURATION, config.encode(), files.OPEN)
    opened = CaFolder(folder)
    opened.issue_broker(named, end)
    opened.issue(INGEST, end, now)
    return opened


class CaFolder:
    """A CA's folder that is there. BadConfig where it is not one."""

    def __init__(self, folder: Path) -> None:
        if not os.access(folder / CA_KEY, os.R_OK):
            raise BadConfig("FOLDER", str(folder), f"a folder made by `davy certs init` ({CA_KEY} is not there or cannot be read)")
        self.folder, self.broker = folder, folder / BROKER_FOLDER
        self.certificate = files.certificate_in(self.broker / production.CA)

    def issue(self, name: str, end: int, now: int) -> Path:
        """A new certificate and key for `mine/gateway` or `davy-ingest`; the folder to hand out. Older ones stay valid until revoked."""
        check_client(name)
        with self._signing(end) as authority:
            key, serial = ca.new_key(), new_serial()
            certificate = ca.sign_client(authority, key.public_key(), name, serial, Span(now - ca.BEFORE, end))
            self._record(certificate)
        place = self.folder / CLIENTS / name / hexadecimal(serial)
        files.write_new(place / KEY, files.key_pem(key), files.SECRET)
        files.write_new(place / production.CA, files.pem(self.certificate), files.OPEN)
        files.write_new(place / CERT, files.pem(certificate), files.OPEN)
        return place

    def issue_broker(self, hosts: Sequence[str], end: int) -> Path:
        """A new certificate and key for the broker, in the place of the one before; without `hosts`, for the same names."""
        path = self.broker / production.SERVER
        names = [check_host(host) for host in hosts] or ca.hosts_of(files.certificate_in(path))
        with self._signing(end) as authority:
            key = ca.new_key()
            certificate = ca.sign_broker(authority, key.public_key(), names, new_serial(), end)
            self._record(certificate)
        files.replace(path, files.pem(certificate) + files.key_pem(key), files.SECRET)
        return path

    def revoke(self, name: str, serial: str | None, now: int) -> list[str]:
        """Revoke every certificate of a name, or one by its serial (hexadecimal); the serials. Those revoked before keep their time."""
        if name == BROKER:
            raise BadConfig("NAME", name, "a client's name: gateways read no revocation list; if the broker's key is stolen, make a new CA")
        with self._signing(0) as authority:
            mine = [cert.serial_number for cert in self.certificates() if ca.name_of(cert) == name]
            wanted = [number for number in mine if serial is None or hexadecimal(number) == serial.lower()]
            if not wanted:
                said = f" with serial {serial}" if serial else ""
                raise NotRevoked(f"no certificate of {name!r}{said} was issued in {self.folder}; `davy certs list` shows those that were")
            listed = self._revoked_list()
            known = ca.revoked_in(listed)
            fresh = {number: now for number in wanted if number not in known}
            signed = ca.sign_revoked(authority, {**known, **fresh}, ca.number_of(listed) + 1, now)
            files.replace(self.broker / production.REVOKED, files.pem(signed), files.OPEN)
        return [hexadecimal(number) for number in fresh]

    def certificates(self) -> list[x509.Certificate]:
        """Every certificate ever issued here."""
        return [files.certificate_in(path) for path in sorted((self.folder / ISSUED).glob("*.pem"))]

    def listing(self, now: int, warn_days: int) -> list[Standing]:
        """The CA and every certificate, by name, the longest last."""
        revoked = ca.revoked_in(self._revoked_list())
        rows = [
            standing(
                ca.name_of(cert),
                hexadecimal(cert.serial_number),
                ca.end_of(cert),
                revoked=cert.serial_number in revoked,
                now=now,
                warn_days=warn_days,
            )
            for cert in (self.certificate, *self.certificates())
        ]
        return [rows[0], *sorted(rows[1:], key=lambda row: (row.name, row.end))]

    def _record(self, certificate: x509.Certificate) -> None:
        files.write_new(self.folder / ISSUED / f"{hexadecimal(certificate.serial_number)}.pem", files.pem(certificate), files.OPEN)

    def _revoked_list(self) -> x509.CertificateRevocationList:
        """The list, or BadConfig where another CA signed it: to go on from it would bring revoked certificates back to life."""
        path = self.broker / production.REVOKED
        listed = files.revoked_list_in(path)
        if not listed.is_signature_valid(files.key_in(self.folder / CA_KEY).public_key()):
            raise BadConfig("revocation list", str(path), "one that this CA signed")
        return listed

    @contextmanager
    def _signing(self, end: int) -> Iterator[Authority]:
        """The CA, for one command at a time: of two revocations at once neither may be lost. Nothing it signs outlives it."""
        if end > ca.end_of(self.certificate):
            raise BadConfig("--days", iso(end), f"an end not after the CA's own, {iso(ca.end_of(self.certificate))}")
        handle = os.open(self.folder / CA_KEY, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield Authority(self.certificate, files.key_in(self.folder / CA_KEY))
        finally:
            os.close(handle)


def until(option: str, days: int, now: int) -> int:
    """The end of a validity, µs UTC."""
    if not 1 <= days < (END_OF_TIME - now) // DAY:
        raise BadConfig(option, days, "1 or more days, ending before the year 10000")
    return now + days * DAY


def new_serial() -> int:
    """64 random bits, not 0 (RFC 5280, 4.1.2.2: positive, at most 20 octets)."""
    return secrets.randbelow((1 << 64) - 1) + 1


def hexadecimal(serial: int) -> str:
    """A serial as people read it: 16 digits."""
    return f"{serial:016x}"
