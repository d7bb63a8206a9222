"""Why a broker lets nobody in: its door is tried with and without TLS, and what it says is put into words."""

import socket
import ssl
from enum import StrEnum

from console.cli.checks.knock import PATIENCE_S
from console.cli.checks.verdict import Verdict, wrong
from contracts.config import BrokerAddress
from contracts.errors import BadConfig
from wire.tls import context_of


class Door(StrEnum):
    """What is the matter. `other`: nothing we have words of our own for."""

    UNRESOLVED = "unresolved"
    REFUSED = "refused"
    SILENT = "silent"
    TLS = "tls"
    PLAIN = "plain"
    FOREIGN_CA = "foreign ca"
    OTHER_NAME = "other name"
    EXPIRED = "expired"
    NO_CERTIFICATE = "no certificate"
    NOT_AUTHORISED = "not authorised"
    OTHER = "other"


EXPIRED, NOT_YET, MISMATCHES = 10, 9, (62, 64)
"""OpenSSL's verify codes: certificate has expired, is not yet valid, host name or address mismatch."""
WORDS: dict[Door, tuple[str, str, str, str]] = {
    Door.UNRESOLVED: (
        "名称无法解析",
        "its name cannot be resolved",
        "检查 [broker] host 的拼写和本机的 DNS; 或写 IP 地址",
        "check the spelling of [broker] host and this machine's DNS; or write its address",
    ),
    Door.REFUSED: (
        "没有程序在此端口监听",
        "nothing listens on that port",
        "启动消息代理, 或改正 [broker] host 和 port (davy up: 18830, mosquitto: 1883, TLS: 8883)",
        "start the broker, or mend [broker] host and port (davy up: 18830, mosquitto: 1883, TLS: 8883)",
    ),
    Door.SILENT: (
        "没有应答",
        "no answer",
        "检查地址、网络和防火墙; 接受连接却不应答的不是 MQTT 代理",
        "check address, network and firewall; what takes a connection and says nothing is no MQTT broker",
    ),
    Door.TLS: (
        "此端口使用 TLS, 配置没有 ca_file",
        "that port speaks TLS, and the configuration has no ca_file",
        "在 [broker] 中写 ca_file, cert_file, key_file (davy certs issue)",
        "name ca_file, cert_file and key_file in [broker] (davy certs issue)",
    ),
    Door.PLAIN: (
        "此端口不使用 TLS, 配置却有 ca_file",
        "that port does not speak TLS, and the configuration has a ca_file",
        "改用 TLS 端口 (通常 8883); 只有本机回环才可去掉 ca_file",
        "use the port with TLS (usually 8883); only on loopback may ca_file go",
    ),
    Door.FOREIGN_CA: (
        "它的证书不是 ca_file 中的 CA 签发的",
        "its certificate is not of the CA in ca_file",
        "从签发代理证书的 CA 取 ca.pem (davy certs: broker/ca.pem)",
        "take ca.pem from the CA that signed the broker's certificate (davy certs: broker/ca.pem)",
    ),
    Door.OTHER_NAME: (
        "它的证书不含 [broker] host 的名称",
        "its certificate does not have the name in [broker] host",
        "host 写证书中的名称, 或签发带此名称的证书: davy certs issue CA davy-broker --name HOST",
        "write a name of the certificate as host, or issue one with this name: davy certs issue CA davy-broker --name HOST",
    ),
    Door.EXPIRED: (
        "它的证书已过期或尚未生效",
        "its certificate is over, or not valid yet",
        "检查本机时钟; 再签发代理的证书: davy certs issue CA davy-broker",
        "check this machine's clock; then issue the broker's anew: davy certs issue CA davy-broker",
    ),
    Door.NO_CERTIFICATE: (
        "它要求客户端证书, 或不接受这一张",
        "it wants a certificate of ours, or refuses this one",
        "写 cert_file 和 key_file; 已吊销或别的 CA 的: davy certs issue CA 矿井/网关",
        "name cert_file and key_file; a revoked one, or one of another CA: davy certs issue CA MINE/GATEWAY",
    ),
    Door.NOT_AUTHORISED: (
        "它不接受用户名或密码",
        "it does not accept user or password",
        "检查 [broker] username 和 DAVY_BROKER_PASSWORD_FILE, 以及代理的 ACL",
        "check [broker] username and DAVY_BROKER_PASSWORD_FILE, and the broker's ACL",
    ),
}


def door_of(address: BrokerAddress, why: str) -> Door:
    """`why` as MQTT told it; then the socket is tried by itself."""
    if "Not authorized" in why or "Bad user name" in why or "code:4]" in why or "code:5]" in why:
        return Door.NOT_AUTHORISED
    try:
        found = _tried(address)
    except BadConfig:
        return Door.OTHER
    return found if found is not Door.OTHER else Door.SILENT if "no answer" in why or "timed out" in why else Door.OTHER


def _tried(address: BrokerAddress) -> Door:
    """The port with TLS as the configuration has it; without a CA, with any certificate."""
    context = context_of(address)
    asked = context or _anybody()
    try:
        with socket.create_connection((address.host, address.port), PATIENCE_S) as line:
            return _shaken(asked, line, address, wanted=context is not None)
    except socket.gaierror:
        return Door.UNRESOLVED
    except ConnectionRefusedError:
        return Door.REFUSED
    except (OSError, UnicodeError):
        return Door.SILENT


def _shaken(asked: ssl.SSLContext, line: socket.socket, address: BrokerAddress, *, wanted: bool) -> Door:
    line.settimeout(PATIENCE_S / 2)
    try:
        with asked.wrap_socket(line, server_hostname=address.host if wanted else None):
            return Door.NO_CERTIFICATE if wanted else Door.TLS
    except ssl.SSLCertVerificationError as error:
        if error.verify_code in MISMATCHES:
            return Door.OTHER_NAME
        return Door.EXPIRED if error.verify_code in (EXPIRED, NOT_YET) else Door.FOREIGN_CA
    except ssl.SSLError as error:
        certificate = "CERTIFICATE" in (error.reason or "")
        return (Door.NO_CERTIFICATE if certificate else Door.PLAIN) if wanted else Door.OTHER
    except OSError:
        return Door.PLAIN if wanted else Door.OTHER


def _anybody() -> ssl.SSLContext:
    """Looks only whether TLS is spoken; nothing is said over it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def judge_door(door: Door, why: str) -> Verdict:
    """What is wrong with the way to the broker, and what mends it."""
    zh, en, do_zh, do_en = WORDS[door]
    stay = "在此之前读数留在网关磁盘上", "until then readings stay on the gateways' disks"
    return wrong(f"无法连接: {zh} ({why})", f"cannot be reached: {en} ({why})", f"{do_zh}; {stay[0]}", f"{do_en}; {stay[1]}")
