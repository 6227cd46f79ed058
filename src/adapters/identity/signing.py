"""Signatures that anybody can check who has the public key: Ed25519 (RFC 8032)."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


class Ed25519Signer:
    """Signs with the key pair of a 32-byte seed. Raises `ValueError` for a seed of another length."""

    def __init__(self, seed: bytes) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self._public = self._private.public_key()

    @property
    def public_key(self) -> bytes:
        """The 32 bytes of the public key (RFC 8032 section 5.1.5)."""
        return self._public.public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def public_pem(self) -> str:
        """The public key as PEM (RFC 8410)."""
        return self._public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def sign(self, data: bytes) -> bytes:
        """Return the 64 bytes of the signature of some data."""
        return self._private.sign(data)

    def verify(self, data: bytes, signature: bytes) -> bool:
        """Whether a signature of some data was made with this key."""
        try:
            self._public.verify(signature, data)
        except InvalidSignature:
            return False
        return True
