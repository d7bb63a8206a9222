"""TLS of the link: the centre's CA, and a certificate per gateway."""

import ssl

from contracts.config import BrokerAddress
from contracts.errors import BadConfig


def context_of(address: BrokerAddress) -> ssl.SSLContext | None:
    """The TLS context an address asks for, or None where it names no CA (loopback only)."""
    if not address.ca_file:
        return None
    try:
        context = ssl.create_default_context(cafile=address.ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if address.cert_file:
            context.load_cert_chain(address.cert_file, address.key_file or None)
    except (OSError, ssl.SSLError) as error:
        raise BadConfig("broker.ca_file/cert_file/key_file", address.ca_file, f"readable PEM files ({error})") from error
    return context
