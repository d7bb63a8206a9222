"""Secrets that everybody on this machine can read: keys, and configurations with a password or a token in them."""

import os
import stat
from pathlib import Path
from urllib.parse import urlsplit

from alerts.config import AlertsSection
from console.cli.checks.site import Read, Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning
from edge_agent.config import EdgeSettings
from ingest.config import IngestSettings


def judge_permissions(mode: int, what: tuple[str, str]) -> Verdict:
    """`mode` as the file system has it; `what` stands in the file, in Chinese and English."""
    if mode & 0o007:
        return warning(
            f"权限 {mode:04o}: 本机任何人都能读取其中的{what[0]}",
            f"mode {mode:04o}: everybody on this machine can read the {what[1]} in it",
            "chmod 600 (属组须读取的 640); 密码和令牌另放一个文件, 用 ..._FILE 指向它",
            "chmod 600 (640 where its group has to read it); put passwords and tokens into a file of their own and name it by ..._FILE",
        )
    return ok(f"权限 {mode:04o}", f"mode {mode:04o}")


def probe_permissions(site: Site) -> list[Finding]:
    found: dict[str, tuple[str, str]] = {}
    for file in site.files:
        if what := secret_in(file):
            found[file.path] = what
    processes: list[IngestSettings | EdgeSettings] = [*site.centres, *site.edges]
    for settings in processes:
        if settings.broker.key_file:
            found[settings.broker.key_file] = ("私钥", "private key")
    for name, path in site.environment.items():
        if name.startswith("DAVY_") and name.endswith("_FILE") and not path.startswith("/run/secrets/"):
            found[path] = ("密码或令牌", "password or token")
    modes = {path: _mode(path) for path in found}
    return [Finding(path, judge_permissions(mode, found[path])) for path, mode in modes.items() if mode is not None]


def _mode(path: str) -> int | None:
    try:
        return stat.S_IMODE(os.stat(Path(path)).st_mode)
    except OSError:
        return None


def secret_in(file: Read) -> tuple[str, str] | None:
    """What secret the text of a configuration itself holds; None where there is none."""
    settings = file.settings
    if not isinstance(settings, EdgeSettings | IngestSettings):
        return None
    try:
        text = Path(file.path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    if settings.broker.password and settings.broker.password in text:
        return "密码", "password"
    if isinstance(settings, IngestSettings):
        if (urlsplit(settings.records).password or "\0") in text:
            return "数据库密码", "database password"
        if _told(settings.alerts):
            return "收件人地址", "recipient's address"
    return None


def _told(alerts: AlertsSection) -> bool:
    """Whether an address with a secret stands in the file: any but that of a webhook without user, password and query."""
    parts = [(one.channel, urlsplit(one.address)) for one in alerts.recipients if one.address and not one.address_from]
    return any(channel != "webhook" or part.username or part.password or part.query for channel, part in parts)
