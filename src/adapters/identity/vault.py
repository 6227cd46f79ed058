"""Secrets at rest: AES-256-GCM under a key derived from the installation's."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = b"\x01"
_NONCE_BYTES = 12


class AesVault:
    """Seals secrets. The context is authenticated, so that a sealed value moved to another row does not open."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, secret: bytes, context: bytes) -> bytes:
        """Encrypt: a version byte, a random nonce of 96 bits, the ciphertext with its tag."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, secret, context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Decrypt. Raises `ValueError` where the key or the context is another one, or the value was changed."""
        if sealed[:1] != _VERSION or len(sealed) <= _NONCE_BYTES:
            raise ValueError("a sealed value has an unknown form")
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, ciphertext, context)
        except InvalidTag as error:
            raise ValueError("a sealed value does not open: another key, or another account's") from error
