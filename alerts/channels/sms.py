"""SMS gateways by Apprise's address, one telephone a recipient; the text in the recipient's language only."""

from alerts.channels.by_apprise import ByApprise, plugin
from contracts.errors import BadConfig


class Sms(ByApprise):
    """Gateways that answer by HTTP. `httpsms` and `smseagle` are devices of one's own with a SIM card."""

    SCHEMES = (
        *("46elks", "bulksms", "bulkvs", "clicksend", "d7sms", "eight00com", "elks", "exotel", "httpsms", "kavenegar", "msg91"),
        *("nexmo", "plivo", "ringc", "serwersms", "seven", "sinch", "smsc", "smseagle", "smseagles", "smsmanager", "smsmgr"),
        *("smstunnel", "telnyx", "twilio", "voipms", "vonage"),
    )
    EXAMPLE = "twilio://SID:TOKEN@+FROM/+TO (one telephone; schemes: " + ", ".join(SCHEMES) + ")"
    PER_MINUTE = 10
    MOST_BYTES = 900
    BOTH = False

    @classmethod
    def check(cls, key: str, address: str) -> None:
        super().check(key, address)
        told = plugin(address)
        if len(getattr(told, "targets", None) or ()) != 1:
            raise BadConfig(key, "***", f"one address such as {cls.EXAMPLE}")
