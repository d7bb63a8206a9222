"""Ed25519 keys: who signed this. Bytes in, bytes out; where they are kept is the caller's matter."""

from hashlib import blake2b

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from contracts.errors import GiveUp


class BadSignature(GiveUp):
    """The bytes were not signed by this key, or were changed since."""


def new_key() -> bytes:
    """32 secret bytes."""
    return Ed25519PrivateKey.generate().private_bytes_raw()


def public_of(secret: bytes) -> bytes:
    """The 32 public bytes of a secret key."""
    return Ed25519PrivateKey.from_private_bytes(secret).public_key().public_bytes_raw()


def key_id(public: bytes) -> str:
    """12 hex digits to name a public key in documents and logs."""
    return blake2b(public, digest_size=6).hexdigest()


def sign(secret: bytes, data: bytes) -> bytes:
    """The 64-byte signature."""
    return Ed25519PrivateKey.from_private_bytes(secret).sign(data)


def verify(public: bytes, data: bytes, signature: bytes) -> None:
    """Nothing where the signature holds, else BadSignature."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, data)
    except (InvalidSignature, ValueError) as error:
        raise BadSignature(f"signature does not hold for key {key_id(public)}") from error
