"""Certificates of the links: how many days are left."""

from console.cli.checks.site import Site
from console.cli.checks.verdict import Finding, Verdict, ok, warning, wrong
from contracts.clock import iso
from wire.expiry import WARN_DAYS, Certificate, certificates

RENEW = (
    "用 davy certs issue 签发新证书并替换文件 (CA 见 davy certs list)",
    "issue a new one with `davy certs issue` and put it in its place (for the CA see `davy certs list`)",
)


def judge_certificate(found: Certificate, now: int) -> Verdict:
    """Wrong once it is over or unreadable, a warning 30 days before."""
    days = found.days(now)
    if found.end is None or days is None:
        return wrong(f"无法读取: {found.why}", f"cannot be read: {found.why}", *RENEW)
    until = iso(found.end)[:10]
    if now >= found.end:
        return wrong(f"已于 {until} 过期: 连接将被拒绝", f"ended on {until}: the broker is not spoken to", *RENEW)
    if days < WARN_DAYS:
        return warning(f"还剩 {days} 天, 至 {until}", f"{days} days left, until {until}", *RENEW)
    return ok(f"还剩 {days} 天, 至 {until}", f"{days} days left, until {until}")


def probe_certificates(site: Site) -> list[Finding]:
    brokers = [settings.broker for settings in (site.centre, *site.edges) if settings]
    found = {one.path: one for broker in brokers for one in certificates(broker)}
    return [Finding(f"broker.{one.key} {one.path}", judge_certificate(one, site.now)) for one in found.values()]
